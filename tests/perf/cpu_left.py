"""What timers take from a task, by four sources.

``python tests/perf/cpu_left.py [--rounds 5] [--seconds 2]``

A task on each CPU does nothing but count. While 100,000 timers at 100 ms fire a million times a
second, it counts less: what is missing is what softirqs, ksoftirqd and interrupts took, and needs
no account of any kernel. Beside it stand softirq time of observer bcc, CPU time of ksoftirqd by
schedstat, and softirq time of ``/proc/stat``, which charges whole ticks. All are shares of all
CPUs, medians over rounds with the lowest and the highest. It asserts nothing.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.campaign.runner import measure
from bench.drivers.registry import fitted
from bench.host.exclusive import sole_measurement
from bench.quantities.softirq import softirq_ns
from bench.record import TrialRecord
from bench.spec import Grid, Sweep
from bench.sweep.plan import PlannedTrial, plan
from bench.trial.measurement import Sample
from bench.trial.rig import Rig
from bench.units import NS_PER_S, format_percent

CPUS = tuple(sorted(os.sched_getaffinity(0)))
MILLION = Grid(program="resident", map_size=100_000, timeout=100_000_000)  # type: ignore[arg-type]
BATCH = 1_000


def count(cpu: int, counted: multiprocessing.sharedctypes.SynchronizedArray[int]) -> None:
    """Count on one CPU until killed."""
    os.sched_setaffinity(0, {cpu})
    raw, place = counted.get_obj(), CPUS.index(cpu)
    while True:
        for _ in range(BATCH):
            pass
        raw[place] += BATCH


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment: what was counted on all CPUs, and softirq and all time of ``/proc/stat``."""

    t: float
    counted: int
    softirq: int
    total: int


class Counters:
    """Counting tasks, one for each CPU."""

    def __init__(self) -> None:
        """Start them."""
        self._counted = multiprocessing.Array("q", len(CPUS))
        arguments = [(cpu, self._counted) for cpu in CPUS]
        self._tasks = [
            multiprocessing.Process(target=count, args=a, daemon=True) for a in arguments
        ]
        for task in self._tasks:
            task.start()

    def mark(self) -> Mark:
        """Now."""
        times = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        counted = sum(self._counted.get_obj())
        return Mark(time.monotonic(), counted, softirq=times[6], total=sum(times))

    def end(self) -> None:
        """Kill them."""
        for task in self._tasks:
            task.kill()
            task.join()


@contextmanager
def counting() -> Iterator[Counters]:
    """Counting tasks for a while."""
    counters = Counters()
    try:
        yield counters
    finally:
        counters.end()


def speed(begin: Mark, end: Mark) -> float:
    """Counted per second."""
    return (end.counted - begin.counted) / (end.t - begin.t)


def one_round(rig: Rig, trial: PlannedTrial, sweep: Sweep, counters: Counters) -> dict[str, float]:
    """Count alone, then beside timers, within their window."""
    begin = counters.mark()
    time.sleep(sweep.duration / NS_PER_S)
    alone = speed(begin, counters.mark())
    marks: list[Mark] = []

    def look(_: Sample) -> None:
        marks.append(counters.mark())

    record = measure(rig, trial, sweep, 1, look).record
    first, last = marks[0], marks[-1]
    return {
        "lost by a counting task": 1 - speed(first, last) / alone,
        "softirqs, observer bcc": in_softirqs(record),
        "ksoftirqd, schedstat": record.ksoftirqd.cpu_share if record.ksoftirqd else 0.0,
        "softirqs, /proc/stat": (last.softirq - first.softirq) / (last.total - first.total),
    }


def in_softirqs(record: TrialRecord) -> float:
    """Share of all CPUs' time in softirqs of any vector."""
    spent = sum(softirq_ns(record, vector) or 0.0 for vector in record.softirq_ns or {})
    return spent / (record.window_ns * len(CPUS))


def show(rounds: Sequence[dict[str, float]]) -> None:
    """A line for each source."""
    for name in rounds[0]:
        values = [one[name] for one in rounds]
        low, middle, high = min(values), statistics.median(values), max(values)
        ends = f"{format_percent(low)} to {format_percent(high)}"
        print(f"{name:<24} {format_percent(middle):>6}  ({ends})")


def main() -> None:
    """Measure some rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    options = parser.parse_args()
    sweep = Sweep(
        cells=(MILLION,),
        duration=int(options.seconds * NS_PER_S),
        warmup=100_000_000,
        repeat=options.rounds,
        max_steal=1.0,
    )
    trials = plan(sweep, seed=1, normalise=fitted)
    with sole_measurement(wait_s=60), Rig([trial.cell for trial in trials]) as rig:
        with counting() as counters:
            show([one_round(rig, trial, sweep, counters) for trial in trials])


if __name__ == "__main__":
    main()
