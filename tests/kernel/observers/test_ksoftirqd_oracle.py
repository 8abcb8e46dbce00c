"""BCC's ksoftirqd figures against the scheduler's own account."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from bench.host.ksoftirqd import find_ksoftirqd, thread_time
from bench.host.noise import noise_snapshot
from bench.observers.base import ObserverSnapshot
from bench.observers.bcc_observer import BccObserver
from bench.record import TrialRecord
from bench.spec import Cell
from bench.units import NS_PER_MS, NS_PER_S

CLOCK_TICK_NS = NS_PER_S // 100
Measure = Callable[..., TrialRecord]


@dataclass(frozen=True, slots=True)
class Account:
    """What the kernel says of all ksoftirqd threads, and of steal, cumulative."""

    cpu_ns: int
    runq_delay_ns: int
    sleeps: int
    user_system_ns: int
    stolen_ns: int

    def since(self, earlier: Account) -> Account:
        changes = (getattr(self, f.name) - getattr(earlier, f.name) for f in fields(Account))
        return Account(*changes)


def account() -> Account:
    pids = tuple(find_ksoftirqd().values())
    seen = thread_time(pids)
    return Account(
        cpu_ns=seen.cpu_ns,
        runq_delay_ns=seen.runq_delay_ns,
        sleeps=sum(sleeps(pid) for pid in pids),
        user_system_ns=sum(ticks(pid) for pid in pids) * CLOCK_TICK_NS,
        stolen_ns=sum(cpu.steal for cpu in noise_snapshot(()).cpus.values()) * CLOCK_TICK_NS,
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


@dataclass(frozen=True, slots=True)
class Watched:
    """What both said of one action; ``inner`` lies within our interval, ``outer`` around it."""

    ours: ObserverSnapshot
    inner: Account
    outer: Account

    def agree(self, ours_ns: int | None, name: str, *, share: float) -> bool:
        """Within ``share``: ours is wall time between switches, as ftrace shows it, too.

        Theirs is less where the kernel takes stolen time out (PARAVIRT_TIME_ACCOUNTING),
        and behind by a tick for a thread that runs.
        """
        least, most = getattr(self.inner, name), getattr(self.outer, name)
        print(f"{name}: {least} <= {ours_ns} <= {most}, stolen {self.outer.stolen_ns}")
        slack = share * most + self.outer.stolen_ns + 2 * CLOCK_TICK_NS
        return ours_ns is not None and least - slack <= ours_ns <= most + slack


def watch(observer: BccObserver, action: Callable[[], object]) -> Watched:
    outer = account()
    begin = observer.snapshot()
    inner = account()
    action()
    inner = account().since(inner)
    ours = observer.snapshot().since(begin)
    return Watched(ours, inner, account().since(outer))


def test_figures_against_the_scheduler(bcc: BccObserver, busy: Cell, measure: Measure) -> None:
    with bcc:
        seen = watch(bcc, lambda: measure(busy, duration=NS_PER_S))
    assert seen.inner.cpu_ns > 100 * NS_PER_MS
    assert seen.agree(seen.ours.cpu_ns, "cpu_ns", share=0.25)
    assert seen.agree(seen.ours.runq_delay_ns, "runq_delay_ns", share=0.25)
    # At either end a thread may be awake. A wake-up that comes between the decision to
    # sleep and the sleep itself has none.
    slack = 3 * len(find_ksoftirqd())
    assert seen.ours.wakeups is not None
    assert 0.9 * seen.inner.sleeps - slack <= seen.ours.wakeups
    assert seen.ours.wakeups <= 1.1 * seen.outer.sleeps + slack
    # Ticks are samples: what runs at a tick is charged all of it.
    assert seen.ours.cpu_ns == pytest.approx(seen.outer.user_system_ns, rel=0.5)


def test_attaching_while_ksoftirqd_runs(bcc: BccObserver, busy: Cell, measure: Measure) -> None:
    """Attached anew for each of several intervals while timers fire."""
    trial = threading.Thread(target=measure, args=(busy,), kwargs={"duration": 3 * NS_PER_S})
    seen = []
    trial.start()
    while trial.is_alive():
        with bcc:
            seen.append(watch(bcc, lambda: time.sleep(0.3)))
    assert max(item.inner.cpu_ns for item in seen) > 50 * NS_PER_MS
    for item in seen:
        assert item.agree(item.ours.cpu_ns, "cpu_ns", share=0.5)
