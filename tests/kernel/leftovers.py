"""What the kernel holds that a test could leave behind, read by tools that are not ours."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

from bench.host import lock_map
from bench.observers.bcc_build import compiled_program
from bench.observers.core_observer import loaded_object

SYSCTLS = (
    "kernel/bpf_stats_enabled",
    "kernel/timer_migration",
    "net/ipv4/ip_local_port_range",
    "net/ipv4/tcp_tw_reuse",
)
TRACING = Path("/sys/kernel/tracing")
BUFFER, EXPANDABLE = "buffer_size_kb", "expanded:"
"""The first use of tracing since boot makes the buffer larger, for good, and it says so no more."""
TRIES, BETWEEN_S = 40, 0.05
TRACE_FILES = ("current_tracer", "set_event", "tracing_on", "trace_clock", "buffer_size_kb")


def bpftool(kind: str) -> list[dict[str, Any]]:
    """Objects of one kind, as bpftool lists them; again where one ended while it was listed."""
    command = ["bpftool", "-j", kind, "list"]
    for _ in range(TRIES):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            break
        time.sleep(BETWEEN_S)
    done.check_returncode()
    listed: list[dict[str, Any]] = json.loads(done.stdout or "[]")
    return listed


def bpf_objects() -> dict[str, set[tuple[int, str]]]:
    """Ids and names of programs, maps and links; not the host's lock, which tests hold, too."""
    found = {
        kind: {(int(item["id"]), str(item.get("name", ""))) for item in bpftool(kind)}
        for kind in ("prog", "map", "link")
    }
    found["map"] = {each for each in found["map"] if each[1] != lock_map.NAME}
    return found


def load_processes() -> set[int]:
    """Pids of load generators."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"bench.load.generator" in words:
            found.add(int(path.parent.name))
    return found


def reserve_files() -> set[str]:
    """Open memory reserves of any process, as /proc shows them."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if "timer-reserve" in str(path.readlink()):
                found.add(str(path))
        except OSError:
            continue
    return found


def _settings() -> dict[str, str]:
    values = {name: (Path("/proc/sys") / name).read_text() for name in SYSCTLS}
    traces = {name: TRACING / name for name in TRACE_FILES}
    traced = {name: file.read_text() for name, file in traces.items() if file.exists()}
    if EXPANDABLE in traced.get(BUFFER, ""):
        del traced[BUFFER]
    return values | traced


def _namespaces() -> str:
    return subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout


def kernel_state() -> dict[str, Any]:
    """Everything that must be the same before and after."""
    instances = TRACING / "instances"
    return {
        **bpf_objects(),
        "settings": _settings(),
        "mounts": Path("/proc/mounts").read_text(),
        "namespaces": _namespaces(),
        "trace instances": sorted(p.name for p in instances.glob("*")),
        "load processes": load_processes(),
        "reserve files": reserve_files(),
    }


def left_behind(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What is there now and was not before, or has another value."""
    found = {}
    # Only what had a value before can be told to have another now.
    known = {name: after["settings"][name] for name in before["settings"]}
    for name, value in {**after, "settings": known}.items():
        new = value - before[name] if isinstance(value, set) else value
        if new != (set() if isinstance(value, set) else before[name]):
            found[name] = new
    return found


def unload_observers() -> None:
    """Unload what observers loaded in this process; who needs it next loads it again."""
    if compiled_program.cache_info().currsize:
        compiled_program().cleanup()
        compiled_program.cache_clear()
    if loaded_object.cache_info().currsize:
        loaded_object().close()
        loaded_object.cache_clear()
