"""``bench demo`` on this kernel, against counts of our own and the kernel's trace settings."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bench.demo.program import DemoHook, attached
from bench.demo.tracing import tracefs
from bench.errors import KernelRefusedError
from bench.host.owner import scratch_prefix
from tests.dead import dead_pid
from tests.kernel.leftovers import TRACE_FILES, TRACING, bpftool
from tests.running import ended, running
from tests.waiting import lines_until, wait_until

# The test holds the host's lock; the demo's own would wait for it.
UNLOCKED = (
    "import sys, contextlib, bench.cli.demo as demo\n"
    "demo.sole_measurement = contextlib.nullcontext\n"
    "from bench.cli.main import main\n"
    "main(['demo', *sys.argv[1:]])\n"
)
GLOBAL_EVENT = TRACING / "events/bpf_trace/bpf_trace_printk/enable"


def trace_settings() -> dict[str, str]:
    names = [name for name in TRACE_FILES if (TRACING / name).exists()]
    found = {name: (TRACING / name).read_text() for name in names}
    found["printk"] = GLOBAL_EVENT.read_text()
    found["instances"] = str(sorted(path.name for path in (TRACING / "instances").iterdir()))
    # The global buffer gets none of our lines: reading `trace` consumes nothing.
    found["lines"] = str((TRACING / "trace").read_text().count("timer_cb"))
    return found


@pytest.fixture(autouse=True)
def trace_left_as_found() -> Iterator[None]:
    """Begins with the host's event off: whoever printed before may have left it on."""
    found = GLOBAL_EVENT.read_text()
    try:
        GLOBAL_EVENT.write_text("0")
        before = trace_settings()
        yield
        assert trace_settings() == before
    finally:
        GLOBAL_EVENT.write_text(found)


def run(*arguments: str, wrapper: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*wrapper, sys.executable, "-c", UNLOCKED, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def shown(*arguments: str) -> dict[str, Any]:
    done = run("--hook", "tp_btf", "--json", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_each_end_of_each_connection_has_its_two_lines() -> None:
    found = shown("--connections", "6")
    assert found["good"] and found["connections"] == 6 and not found["missing_ip"]
    assert found["pairs"] == len(found["ends"]) == 12 == found["tally"]["fired"]
    ends = Counter(
        (end["new_connection"]["ip"], end["new_connection"]["side"]) for end in found["ends"]
    )
    assert ends == dict.fromkeys(
        [("ipv4", "client"), ("ipv4", "server"), ("ipv6", "client"), ("ipv6", "server")], 3
    )


def test_venue_and_lateness_agree_with_the_trace_line() -> None:
    found = shown("--connections", "4")
    for end in found["ends"]:
        fired, met = end["timer_cb"], end["new_connection"]
        # The task column is written by the trace, the pid and the name by the program.
        assert fired["current_pid"] == fired["pid"]
        expected = {"idle": "<idle>", "ksoftirqd": f"ksoftirqd/{fired['cpu']}"}
        named = expected.get(fired["venue"], fired["current_task"])
        assert fired["task"] in (named, "<...>")
        assert fired["flags"][2] == "s", "callbacks run in softirq context"
        assert fired["late_ns"] > 0
        # The hook's line is printed before the timer is started, 100 ns before its expiry.
        elapsed = fired["t_ns"] - met["t_ns"]
        if fired["cpu"] == met["cpu"]:
            assert elapsed + 1_000 >= fired["late_ns"]


def test_more_connections_than_the_map_has_entries() -> None:
    found = shown("--connections", "15")
    assert found["good"] and found["pairs"] == 30 and found["tally"]["failed"] == 0


def test_text_shows_the_lines_and_their_reading() -> None:
    done = run("--hook", "tp_btf", "--connections", "2")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(": bpf_trace_printk: new connection ") == 4
    assert done.stdout.count(": bpf_trace_printk: timer_cb ") == 4
    assert done.stdout.count("\n    ran ") == 4
    assert "2 connections, 4 ends met, 4 callbacks" in done.stdout


def connect_once() -> int:
    """A connection of ours; the port of its server."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = int(server.getsockname()[1])
        with socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()
    return port


def attached_tracing() -> set[int]:
    """Ids of tracing programs of the host that a link holds."""
    tracing = {item["id"] for item in bpftool("prog") if item["type"] == "tracing"}
    return tracing & {item.get("prog_id") for item in bpftool("link")}


@contextmanager
def demo(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The demo as it runs."""
    command = [sys.executable, "-c", UNLOCKED, "--hook", "tp_btf", *arguments]
    with running(command, stderr=subprocess.PIPE) as process:
        yield process


@contextmanager
def waiting_demo(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The demo that waits for connections of others; it is attached."""
    before = attached_tracing()
    with demo("--wait", *arguments) as process:
        wait_until(
            "an attached program",
            lambda: (process.poll(), attached_tracing() - before),
            lambda seen: seen[0] is not None or seen[1],
        )
        yield process


def test_wait_shows_the_connections_of_others_until_interrupted() -> None:
    with waiting_demo() as process:
        port = connect_once()
        assert process.stdout is not None
        shown = lines_until(f"server, port {port} from", process.stdout.readline)
        process.send_signal(signal.SIGINT)
        shown += lines_until("ends met", process.stdout.readline)
        _, err = ended(process)
    assert process.returncode == 0, err
    assert f" to {port}" in shown
    assert "Ctrl-C ends it" in err and "Traceback" not in err


def test_wait_ends_after_seconds() -> None:
    with waiting_demo("--duration", "1500ms", "--json") as process:
        port = connect_once()
        out, err = ended(process)
    assert process.returncode == 0, err
    found = json.loads(out)
    ports = [
        {end["new_connection"]["port"], end["new_connection"]["peer_port"]} for end in found["ends"]
    ]
    assert found["connections"] is None and sum(port in pair for pair in ports) == 2


def test_interrupted_own_connections_end_with_the_summary_and_130() -> None:
    with demo("--connections", "1000") as process:
        assert process.stdout is not None
        assert "new connection 1:" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = ended(process)
    assert process.returncode == 130, err
    assert "ends met" in out and "Traceback" not in err


def test_fentry_works_or_is_refused_with_the_other_hook_named() -> None:
    """Whether this kernel allows it is asked without the command line."""
    try:
        with attached(DemoHook.FENTRY, tracefs(), (1, 1)):
            allowed = True
    except KernelRefusedError:
        allowed = False
    done = run("--hook", "fentry", "--connections", "1")
    if allowed:
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("timer_cb") == 2
    else:
        assert done.returncode == 4 and done.stdout == ""
        assert "refuses the hook fentry" in done.stderr and "Use --hook tp_btf" in done.stderr


def test_no_tracefs() -> None:
    script = f'umount {TRACING}; ! [ -e {TRACING}/trace ] && exec "$@"'
    done = run("--hook", "tp_btf", wrapper=("unshare", "--mount", "sh", "-c", script, "sh"))
    assert done.returncode == 4, done.stderr
    assert "tracefs is not mounted" in done.stderr and "mount -t tracefs" in done.stderr


def test_not_root(tmp_path: Path) -> None:
    code = "import os; from bench.cli.main import main\n"
    code += "os.setgroups([]); os.setgid(65534); os.setuid(65534); main(['demo'])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        timeout=60,
    )
    assert done.returncode == 4 and "needs root" in done.stderr


def test_an_instance_that_a_killed_demo_left_is_removed() -> None:
    left = TRACING / "instances" / f"{scratch_prefix('demo', dead_pid())}trace"
    left.mkdir()
    assert shown("--connections", "1")["good"]
    assert not left.exists()
