"""BCC's ksoftirqd figures against the scheduler's own account."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.host.ksoftirqd import find_ksoftirqd, thread_time
from bench.observers.base import ObserverSnapshot
from bench.observers.bcc_observer import BccObserver
from bench.record import TrialRecord
from bench.spec import Cell
from bench.units import NS_PER_MS, NS_PER_S

CLOCK_TICK_NS = NS_PER_S // 100
Measure = Callable[..., TrialRecord]


@dataclass(frozen=True, slots=True)
class Account:
    """What the scheduler says of all ksoftirqd threads, cumulative."""

    cpu_ns: int
    runq_delay_ns: int
    sleeps: int
    user_system_ns: int


def account() -> Account:
    pids = tuple(find_ksoftirqd().values())
    seen = thread_time(pids)
    return Account(
        cpu_ns=seen.cpu_ns,
        runq_delay_ns=seen.runq_delay_ns,
        sleeps=sum(sleeps(pid) for pid in pids),
        user_system_ns=sum(ticks(pid) for pid in pids) * CLOCK_TICK_NS,
    )


def sleeps(pid: int) -> int:
    """Voluntary switches: each is a sleep, and each sleep ends with a wake-up."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("voluntary_ctxt_switches:"):
            return int(line.split()[1])
    raise AssertionError("no voluntary_ctxt_switches")


def ticks(pid: int) -> int:
    """Fields utime and stime of /proc/PID/stat."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


@pytest.fixture
def busy(make_cell: Callable[..., Cell]) -> Cell:
    """A cell that keeps ksoftirqd running: a million callbacks a second."""
    return make_cell(map_size=100_000, timeout_ns=100_000_000)


def test_figures_against_the_scheduler(bcc: BccObserver, busy: Cell, measure: Measure) -> None:
    with bcc:
        before, begin = account(), bcc.snapshot()
        measure(busy, duration=NS_PER_S)
        end, after = bcc.snapshot(), account()
    ours, cpu_ns = end.since(begin), after.cpu_ns - before.cpu_ns
    delay_ns = after.runq_delay_ns - before.runq_delay_ns
    assert cpu_ns > 100 * NS_PER_MS
    # Ours contains stolen time, theirs need not; steal between their clock read and our
    # hook falls on the other side of the switch.
    assert ours.cpu_ns == pytest.approx(cpu_ns, rel=0.25)
    assert ours.runq_delay_ns is not None and ours.wakeups is not None
    assert ours.cpu_ns + ours.runq_delay_ns == pytest.approx(cpu_ns + delay_ns, rel=0.25)
    # At either end a thread may be awake, and one first met may have been so.
    threads = len(find_ksoftirqd())
    assert abs(ours.wakeups - (after.sleeps - before.sleeps)) <= 3 * threads
    assert ours.cpu_ns == pytest.approx(
        after.user_system_ns - before.user_system_ns, rel=0.5, abs=10 * CLOCK_TICK_NS
    )


@contextmanager
def running(measure: Measure, cell: Cell) -> Iterator[None]:
    """The cell is measured in another thread meanwhile, for a few seconds."""
    trial = threading.Thread(target=measure, args=(cell,), kwargs={"duration": 3 * NS_PER_S})
    trial.start()
    try:
        yield
    finally:
        trial.join()


def wait_until_busy() -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        before = account().cpu_ns
        time.sleep(0.2)
        if account().cpu_ns - before > 60 * NS_PER_MS:
            return
    raise AssertionError("ksoftirqd never became busy")


def watched(observer: BccObserver, seconds: float) -> tuple[ObserverSnapshot, int]:
    before, begin = account(), observer.snapshot()
    time.sleep(seconds)
    return observer.snapshot().since(begin), account().cpu_ns - before.cpu_ns


def test_attaching_while_ksoftirqd_runs(bcc: BccObserver, busy: Cell, measure: Measure) -> None:
    with running(measure, busy):
        wait_until_busy()
        with bcc:
            ours, cpu_ns = watched(bcc, 1.0)
    assert cpu_ns > 100 * NS_PER_MS
    assert ours.cpu_ns == pytest.approx(cpu_ns, rel=0.25)
