"""The load as a trial uses it, against counts of the kernel that it does not make itself.

Nothing here depends on speed: rates are low, and counts are compared with each other.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from operator import not_
from pathlib import Path

import pytest

from bench.errors import BenchError, UsageError
from bench.histogram import HIGHEST_EQUIVALENT
from bench.load import peer
from bench.load.controller import Load, LoadPlan
from bench.load.schedule import Schedule
from bench.spec import AddressFamily, LoadShape
from bench.units import NS_PER_MS, NS_PER_S
from tests.kernel.conftest import STALLS
from tests.running import running
from tests.waiting import wait_until

ESTABLISHED, TIME_WAIT, LISTEN = "01", "06", "0A"


def states(ports: tuple[int, ...]) -> list[str]:
    """State of every TCP socket with one of the ports at either end, from procfs."""
    found = []
    for name in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
            fields = line.split()
            ends = {int(fields[i].rsplit(":", 1)[1], 16) for i in (1, 2)}
            if ends & set(ports):
                found.append(fields[3])
    return found


def alive(pid: int) -> bool:
    """Whether a process exists and is not just waiting to be reaped."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return text.rsplit(")", 1)[1].split()[0] not in "ZX"


def cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


@pytest.fixture(scope="module")
def shared() -> Iterator[Load]:
    with Load(count=3) as load:
        yield load


@pytest.fixture
def load(shared: Load) -> Iterator[Load]:
    yield shared
    try:
        shared.stop()
    except BenchError:
        pass  # The test stopped it itself.


def test_a_schedule_begins_when_it_is_to(load: Load) -> None:
    begin_ns = time.monotonic_ns() + 400 * NS_PER_MS
    load.start(LoadPlan(rate_hz=200), begin_ns)
    early = load.progress()
    if time.monotonic_ns() < begin_ns:
        assert early.attempted == 0
    wait_until("its first connection", lambda: load.progress().connected, bool)
    assert time.monotonic_ns() > begin_ns
    snapshot = load.stop()
    assert snapshot.elapsed_ns < snapshot.t_ns - begin_ns + NS_PER_MS


@pytest.mark.parametrize("ip", list(AddressFamily))
def test_every_connection_of_an_open_loop_is_accounted_for(load: Load, ip: AddressFamily) -> None:
    missed = []
    for _ in range(STALLS):
        load.start(LoadPlan(rate_hz=300, ip=ip))
        time.sleep(0.5)
        stopped_ns = time.monotonic_ns()
        final = load.stop()
        assert final.connected == final.accepted == final.closed == final.connect.count
        assert final.attempted == final.connected
        assert final.missed == final.intended - final.attempted
        before = stopped_ns - (final.t_ns - final.elapsed_ns)
        assert 300 * before // NS_PER_S <= final.intended <= 300 * final.elapsed_ns // NS_PER_S
        assert not final.errors and not final.broken
        missed.append(final.missed)
        if final.missed <= 1:
            return
    pytest.fail(f"more than the last was due and not attempted, each time: {missed}")


@pytest.mark.parametrize("shape", [LoadShape.CONSTANT, LoadShape.POISSON, LoadShape.CLOSED])
def test_nothing_but_time_wait_is_left_after_stop(load: Load, shape: LoadShape) -> None:
    rate = None if shape is LoadShape.CLOSED else 200
    load.start(LoadPlan(rate_hz=rate, shape=shape, ip=AddressFamily.BOTH, hold_ns=NS_PER_S // 2))
    time.sleep(0.3)
    assert ESTABLISHED in states(load.ports)
    final = load.stop()
    assert final.connected == final.accepted == final.closed > 0
    # The last acknowledgements may still wait for a softirq of the other CPU.
    wait_until("closed ends", lambda: set(states(load.ports)), {TIME_WAIT, LISTEN}.issuperset)


def test_a_connection_is_held_as_long_as_asked(load: Load) -> None:
    hold_ns, rate = 300 * NS_PER_MS, 200
    load.start(LoadPlan(rate_hz=rate, hold_ns=hold_ns))
    closed = []
    for _ in range(20):
        time.sleep(0.05)
        before = load.progress()
        held = states(load.ports).count(ESTABLISHED)
        after = load.progress()
        # Two ends each; those opened or closed meanwhile may or may not be seen.
        assert held >= 2 * (before.open - (after.closed - before.closed))
        assert held <= 2 * (after.open + (after.closed - before.closed))
        closed.append(after)
    final = load.stop()
    started = final.t_ns - final.elapsed_ns
    for each in closed:
        # Established after the intended time, so not one may be closed before this.
        assert each.closed <= max(each.t_ns - started - hold_ns, 0) * rate // NS_PER_S
    assert closed[-1].closed > 0


@pytest.mark.parametrize("size", [1, 1000, 300_000])
@pytest.mark.parametrize("rate", [40, None])
def test_payload_comes_back(load: Load, size: int, rate: int | None) -> None:
    shape = LoadShape.CONSTANT if rate else LoadShape.CLOSED
    load.start(
        LoadPlan(rate_hz=rate, shape=shape, ip=AddressFamily.BOTH, payload_bytes=size, seed=3)
    )
    time.sleep(0.4)
    final = load.stop()
    assert final.connected == final.accepted == final.closed > 0
    assert not final.broken and not final.errors


def test_payload_and_hold_together(load: Load) -> None:
    load.start(LoadPlan(rate_hz=100, payload_bytes=5000, hold_ns=100 * NS_PER_MS))
    time.sleep(0.5)
    running = load.progress()
    assert running.open > 0 and running.closed > 0
    final = load.stop()
    assert final.connected == final.accepted == final.closed and not final.broken


def test_a_stall_of_the_client_shows_in_the_delays(load: Load) -> None:
    rate, stall_s = 500, 0.5
    load.start(LoadPlan(rate_hz=rate))
    time.sleep(0.1)
    client = load.pids[1]
    os.kill(client, signal.SIGSTOP)
    time.sleep(stall_s)
    os.kill(client, signal.SIGCONT)
    snapshot = load.snapshot()
    while snapshot.missed > 1:
        snapshot = load.snapshot()
    final = load.stop()
    assert final.connected == final.attempted == final.intended - final.missed
    assert final.missed < 0.1 * stall_s * rate, "it caught up, but for what was due just now"
    assert final.connect.max_ns is not None and final.connect.max_ns >= 0.9 * stall_s * NS_PER_S
    # Due during the first 80 % of the stall, so later than 20 % of it.
    late = final.connect.counts[HIGHEST_EQUIVALENT >= 0.2 * stall_s * NS_PER_S].sum()
    assert late >= 0.75 * stall_s * rate


def test_a_window_has_what_was_due_in_it_however_late(load: Load) -> None:
    load.start(LoadPlan(rate_hz=500))
    time.sleep(0.1)
    client = load.pids[1]
    os.kill(client, signal.SIGSTOP)
    time.sleep(0.4)
    os.kill(client, signal.SIGCONT)
    first = load.snapshot()
    time.sleep(0.3)
    last = load.snapshot()
    final = load.stop()
    window, settled = last.since(first), final.due_between(first, last)
    (due,) = window.due
    # What was due before but established within is not of this window, and nothing else is not.
    assert window.connected - due.connected == first.intended - first.connected
    assert due.intended == window.intended == settled.intended
    assert settled.connected == settled.attempted == settled.connect.count
    assert settled.missed <= 1 and not settled.unanswered and not final.errors


def test_windows_add_up(load: Load) -> None:
    load.start(LoadPlan(rate_hz=400, shape=LoadShape.POISSON, seed=9, ip=AddressFamily.BOTH))
    snapshots = [load.snapshot()]
    for _ in range(4):
        time.sleep(0.1)
        load.progress()
        snapshots.append(load.snapshot())
    windows = [later.since(first) for first, later in itertools.pairwise(snapshots)]
    whole = snapshots[-1].since(snapshots[0])
    assert whole.connected == sum(each.connected for each in windows) > 0
    final = load.stop()
    settled = [final.due_between(first, later) for first, later in itertools.pairwise(snapshots)]
    known = final.due_between(snapshots[0], snapshots[-1]).connect
    assert known.total_ns == sum(each.connect.total_ns for each in settled)
    assert all(each.connect.max_ns is not None for each in settled if each.connected)
    assert all(each.elapsed_ns >= 0.1 * NS_PER_S for each in windows)


def test_the_same_seed_offers_the_same_number(load: Load) -> None:
    plan = LoadPlan(rate_hz=1000, shape=LoadShape.POISSON, seed=77)
    load.start(plan)
    time.sleep(0.1)
    final = load.stop()
    again = Schedule(1000, LoadShape.POISSON, 77, final.t_ns - final.elapsed_ns)
    assert abs(again.due(final.t_ns) - final.intended) <= 1


def test_generators_sleep_between_loads(load: Load) -> None:
    load.start(LoadPlan(rate_hz=None, shape=LoadShape.CLOSED))
    time.sleep(0.2)
    load.stop()
    before = [cpu_ticks(pid) for pid in load.pids]
    time.sleep(0.5)
    used = sum(cpu_ticks(pid) for pid in load.pids) - sum(before)
    assert used <= 1


def test_they_run_where_they_say(load: Load) -> None:
    server, client = load.pids
    assert sorted(os.sched_getaffinity(server)) == load.cpus["server"]
    assert sorted(os.sched_getaffinity(client)) == load.cpus["client"]
    if len(os.sched_getaffinity(0)) > 1:
        assert load.cpus["server"] != load.cpus["client"]


def test_commands_out_of_order_are_refused(load: Load) -> None:
    for ask in (load.stop, load.snapshot, load.progress):
        with pytest.raises(BenchError, match="no load running"):
            ask()
    load.start(LoadPlan(rate_hz=10))
    with pytest.raises(BenchError, match="running already"):
        load.start(LoadPlan(rate_hz=10))
    assert load.progress().errors == 0


def test_more_open_connections_than_files_are_refused(load: Load) -> None:
    with pytest.raises(BenchError, match=r"connections would be open at once"):
        load.start(LoadPlan(rate_hz=100_000, hold_ns=3600 * NS_PER_S))


def test_an_ip_version_without_server_is_refused() -> None:
    with Load(count=1, hosts=("127.0.0.1",)) as load:
        with pytest.raises(UsageError, match="no address for ipv6"):
            load.start(LoadPlan(rate_hz=10, ip=AddressFamily.IPV6))
        load.start(LoadPlan(rate_hz=10, ip=AddressFamily.IPV4))


def test_a_port_in_use_is_named_and_nothing_stays() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        load = Load(ports=(port,))
        with pytest.raises(BenchError, match=rf"127\.0\.0\.1 port {port} is in use"), load:
            pass
        assert not any(alive(pid) for pid in load.pids)


def test_foreign_addresses_are_refused() -> None:
    load = Load(hosts=("192.0.2.1",))
    with pytest.raises(BenchError, match="not a loopback address"), load:
        pass
    assert not any(alive(pid) for pid in load.pids)


def test_processes_end_with_the_controller() -> None:
    with Load(count=1) as load:
        load.start(LoadPlan(rate_hz=None, shape=LoadShape.CLOSED))
        pids = load.pids
        assert all(alive(pid) for pid in pids)
    assert not any(alive(pid) for pid in pids)


def test_a_dead_process_is_named_and_the_next_load_works() -> None:
    with Load(count=1) as load:
        ports = load.ports
        load.start(LoadPlan(rate_hz=50))
        os.kill(load.pids[0], signal.SIGKILL)
        with pytest.raises(BenchError, match=r"load server \(pid \d+\) died.*exit code -9"):
            load.stop()
    with Load(ports=ports) as load:
        load.start(LoadPlan(rate_hz=50))
        time.sleep(0.1)
        assert load.stop().connected > 0


def test_a_hanging_process_is_named_and_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "ANSWER_S", 0.3)
    with Load(count=1) as load:
        pids = load.pids
        os.kill(pids[1], signal.SIGSTOP)
        with pytest.raises(
            BenchError,
            match=r"load client \(pid \d+\) does not answer: nothing.*'start'",
        ):
            load.start(LoadPlan(rate_hz=50))
    assert not any(alive(pid) for pid in pids)


RUNNER = """
import json, sys, time
from bench.load.controller import Load, LoadPlan
from bench.spec import LoadShape
with Load(count=2) as load:
    load.start(LoadPlan(rate_hz=None, shape=LoadShape.CLOSED))
    print(json.dumps(load.pids), flush=True)
    time.sleep(60)
"""


def test_a_killed_runner_leaves_no_process() -> None:
    with running([sys.executable, "-c", RUNNER]) as runner:
        assert runner.stdout is not None
        pids = json.loads(runner.stdout.readline())
        assert all(alive(pid) for pid in pids)
        runner.kill()
        wait_until("the end of its processes", lambda: [p for p in pids if alive(p)], not_)


ALONE = """
import json, subprocess, time
from pathlib import Path
from bench.load.controller import Load, LoadPlan
from bench.spec import AddressFamily, LoadShape
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)

def opens():
    names, values = (x.split()[1:] for x in Path("/proc/net/snmp").read_text().splitlines()
                     if x.startswith("Tcp:"))
    tcp = dict(zip(names, map(int, values)))
    return tcp["ActiveOpens"], tcp["PassiveOpens"]

def measured(load, plan):
    before = opens()
    load.start(plan)
    time.sleep(0.5)
    final = load.stop()
    active, passive = (b - a for a, b in zip(before, opens()))
    return [final.connected, final.accepted, active, passive, final.attempted]

both = AddressFamily.BOTH
with Load(count=2) as load:
    print(json.dumps([
        measured(load, LoadPlan(rate_hz=300, ip=both)),
        measured(load, LoadPlan(rate_hz=300, ip=both, shape=LoadShape.POISSON, seed=1)),
        measured(load, LoadPlan(rate_hz=100, ip=both, hold_ns=10**8, payload_bytes=10_000)),
        measured(load, LoadPlan(rate_hz=None, ip=both, shape=LoadShape.CLOSED)),
    ]))
"""


def test_the_kernel_counted_the_same_connections() -> None:
    """In a network namespace of their own the kernel's counters see only these."""
    if os.geteuid() != 0 or shutil.which("unshare") is None or shutil.which("ip") is None:
        missing = "a network namespace needs root, unshare and ip"
        (pytest.fail if os.environ.get("BENCH_REQUIRE_KERNEL") == "1" else pytest.skip)(missing)
    command = ["unshare", "--net", sys.executable, "-c", ALONE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    for counts in json.loads(done.stdout):
        assert counts[0] > 0 and len(set(counts)) == 1, counts
