"""What is done to a run: each fault is a function and a line in :data:`FAULTS`."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from bench.host import netns
from bench.libbpf import raw
from bench.libbpf.known import open_map
from tests.faults.place import BENCH, Place
from tests.faults.programs import TABLES, VIRTUAL
from tests.kernel.confinement import confined, hog, within
from tests.kernel.leftovers import bpftool
from tests.running import running

SILENT_S = 1.2
"""More than twice the time after which timers end themselves."""
LITTLE_BYTES = 64 << 20
Fault = Callable[[Place], bool]
"""Injects, and says whether there was something to hit."""


def _signal(number: int, place: Place) -> bool:
    place.process.send_signal(number)
    return True


def _stop(place: Place) -> bool:
    place.process.send_signal(signal.SIGSTOP)
    time.sleep(SILENT_S)
    place.process.send_signal(signal.SIGCONT)
    return True


def _fill(place: Place) -> bool:
    with suppress(OSError), (place.results / "filler").open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    return True


def _read_only(place: Place) -> bool:
    for _ in range(50):  # A file that is open for writing keeps it from being read-only.
        done = subprocess.run(
            ["mount", "-o", "remount,ro", str(place.results)], capture_output=True, check=False
        )
        if done.returncode == 0:
            return True
        time.sleep(0.01)
    return False


def _delete_entries(place: Place) -> bool:
    hit = False
    for item in bpftool("map"):
        if item.get("name") == "timers" and "hash" in item["type"] and _is_of(item, place):
            with suppress(OSError), open_map(int(item["id"])) as fd:
                hit = _emptied(fd, int(item["bytes_key"]), int(item["bytes_value"])) > 0 or hit
    return hit


def _emptied(fd: int, key_bytes: int, value_bytes: int) -> int:
    done = 0
    for key, _ in list(raw.elements(fd, key_bytes, value_bytes)):
        with suppress(OSError):
            raw.delete(fd, key)
            done += 1
    return done


def _is_of(item: dict[str, object], place: Place) -> bool:
    """Whether this run's processes hold it; where bpftool does not say, nobody else runs here."""
    pids = item.get("pids")
    if not isinstance(pids, list) or not pids:
        return True
    return any(int(each["pid"]) == place.process.pid for each in pids)


def _detach(place: Place) -> bool:
    hit = False
    for item in bpftool("link"):
        if item.get("type") in ("cgroup", "xdp", "tcx", "netns"):
            done = subprocess.run(
                ["bpftool", "link", "detach", "id", str(item["id"])],
                capture_output=True,
                check=False,
            )
            hit = hit or done.returncode == 0
    for name, device in _devices(place):
        for words in (("link", "set", "dev", device, "xdp", "off"),):
            done = subprocess.run(["ip", "-n", name, *words], capture_output=True, check=False)
            hit = hit or done.returncode == 0
        subprocess.run(
            ["tc", "-n", name, "qdisc", "del", "dev", device, "clsact"],
            capture_output=True,
            check=False,
        )
    return hit


def _devices(place: Place) -> list[tuple[str, str]]:
    found = []
    with suppress(OSError):
        for path in netns.RUN_DIR.iterdir():
            if netns.owner(path.name) == place.process.pid:
                done = subprocess.run(
                    ["ip", "-n", path.name, "-br", "link"],
                    capture_output=True,
                    text=True,
                    check=False,
                )
                for line in done.stdout.splitlines():
                    device = line.split()[0].partition("@")[0]
                    if device != "lo":
                        found.append((path.name, device))
    return found


def _remove_interface(place: Place) -> bool:
    devices = _devices(place)
    for name, device in devices[:1]:
        subprocess.run(
            ["ip", "-n", name, "link", "del", "dev", device], capture_output=True, check=False
        )
    return bool(devices)


def _second(place: Place) -> bool:
    done = subprocess.run(
        [*BENCH, "run", *place.words, "--results", str(place.folder / "second")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if done.returncode == 4 and "another bench is measuring on this host" in done.stderr:
        return True
    if done.returncode != 0 or place.process.poll() is None:
        place.others.append(f"the second run ended with {done.returncode}: {done.stderr[-300:]}")
    return False  # The first had ended by then.


def _kill_for_memory(place: Place) -> bool:
    """The run and all its processes reach the limit of a control group."""
    pid = place.process.pid
    if not any(map(_is_witness, _children(pid))):
        return False  # It has not begun, or has ended.
    with confined("memory", str(LITTLE_BYTES)) as group:
        try:
            for each in (pid, *_children(pid)):
                (group / "cgroup.procs").write_text(str(each))
        except OSError:  # It has just ended.
            return False
        with running([*within(group), *hog(pid)]) as taking:
            taking.wait(timeout=60)
    return True


def _is_witness(pid: int) -> bool:
    with suppress(OSError):
        return b"bench.trial.testimony" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def _children(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob(f"{pid}/task/*/children"):
        with suppress(OSError):
            found += [int(child) for child in path.read_text().split()]
    return [*found, *(below for child in found for below in _children(child))]


FAULTS: dict[str, Fault] = {
    "SIGKILL": partial(_signal, signal.SIGKILL),
    "memory limit": _kill_for_memory,
    "SIGINT": partial(_signal, signal.SIGINT),
    "SIGTERM": partial(_signal, signal.SIGTERM),
    "SIGHUP": partial(_signal, signal.SIGHUP),
    "SIGSTOP and SIGCONT": _stop,
    "disk full": _fill,
    "results read-only": _read_only,
    "entries deleted": _delete_entries,
    "program detached": _detach,
    "interface removed": _remove_interface,
    "second run": _second,
}
KILLED = frozenset({"SIGKILL", "memory limit"})
ENDED_BY_USER = frozenset({"SIGINT", "SIGTERM", "SIGHUP"})


def applies(fault: str, program: str) -> bool:
    """Whether the program has what the fault hits."""
    if fault == "entries deleted":
        return program in TABLES
    if fault == "program detached":
        return program in VIRTUAL or program == "tcp_sockops"
    return fault != "interface removed" or program in VIRTUAL
