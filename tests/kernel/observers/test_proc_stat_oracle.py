"""Softirq time against ``/proc/stat``: what the kernel's own ticks found running.

At every tick the kernel charges the whole tick to what it interrupted: a sample, not a
measurement. So the two agree within

- what sampling leaves open: n ticks that find a share s have a standard error of
  sqrt(s (1 - s) / n); three of them are allowed, and n is counted;
- 5 points of CPU time: a tick is itself a timer, so it is not independent of softirqs that
  timers raise (those raised by the tick's own interrupt come after it and escape it), and ours
  is wall time between two hooks, with the interrupts that came between;
- the time that was stolen, which ``/proc/stat`` counts apart and our hooks do not see.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.observers.base import Observer
from bench.observers.bcc_observer import BccObserver
from bench.record import TrialRecord
from bench.spec import Cell
from bench.units import NS_PER_MS, NS_PER_S

Measure = Callable[..., TrialRecord]
CPUS = len(os.sched_getaffinity(0))
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
SLACK = 0.05


@dataclass(frozen=True, slots=True)
class Ticks:
    """Of all CPUs since boot, in units of 1/100 s."""

    total: int
    softirq: int
    steal: int

    def since(self, earlier: Ticks) -> Ticks:
        return Ticks(
            self.total - earlier.total,
            self.softirq - earlier.softirq,
            self.steal - earlier.steal,
        )


def ticks() -> Ticks:
    """The line ``cpu`` of ``/proc/stat``, see proc_stat(5)."""
    line = Path("/proc/stat").read_text().splitlines()[0]
    times = [int(word) for word in line.split()[1:9]]
    return Ticks(total=sum(times), softirq=times[6], steal=times[7])


def shares(observer: Observer, action: Callable[[], object]) -> tuple[float, Ticks]:
    """Our share of softirq time in all CPU time, and the kernel's ticks beside it."""
    theirs, begin = ticks(), observer.snapshot()
    action()
    ours = observer.snapshot().since(begin)
    theirs = ticks().since(theirs)
    assert ours.softirq_ns is not None
    return sum(ours.softirq_ns.values()) / (ours.t_ns * CPUS), theirs


@pytest.mark.parametrize(
    ("map_size", "timeout_ns", "least"),
    [
        pytest.param(20_000, NS_PER_MS, 0.5, id="saturated"),
        pytest.param(100_000, 100 * NS_PER_MS, 0.05, id="a million callbacks/s"),
    ],
)
def test_softirq_time_against_proc_stat(
    bcc: BccObserver,
    make_cell: Callable[..., Cell],
    measure: Measure,
    map_size: int,
    timeout_ns: int,
    least: float,
) -> None:
    cell = make_cell(map_size=map_size, timeout_ns=timeout_ns)
    with bcc:
        share, kernel = shares(bcc, lambda: measure(cell, duration=3 * NS_PER_S))
    assert kernel.total > 3 * TICKS_PER_S * CPUS * 0.9, "every tick is charged to something"
    expected = kernel.softirq / kernel.total
    sampling = 3 * math.sqrt(expected * (1 - expected) / kernel.total)
    slack = SLACK + sampling + kernel.steal / kernel.total
    print(f"ours {share:.3f}, /proc/stat {expected:.3f}, allowed {slack:.3f}")
    assert expected > least, "the cell keeps the CPUs busy with softirqs"
    assert abs(share - expected) <= slack
