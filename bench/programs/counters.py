"""Counters of a program under test: one snapshot over all CPUs, and differences."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from bench import abi
from bench.histogram import Histogram

Slots = npt.NDArray[np.void]
ByErrno = dict[str, int]

QUICK_NS = 200_000
"""To copy counters, on a CPU where nothing comes between; each CPU's are 36 KB."""
ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Shared:
    """Memory that a program under test shares with user space.

    Attributes:
        slots: Shape (CPUs + 1,), dtype abi.SLOT; the last is user space's own.
        measures: Names of the program's own counters.
        distributions: Name -> shape (CPUs,), dtype abi.DISTRIBUTION.
        stage_cpus: Shape (CPUs,), dtype abi.STAGE_CPU; None without stages.
    """

    slots: Slots
    measures: tuple[str, ...] = ()
    distributions: Mapping[str, Slots] = field(default_factory=dict)
    stage_cpus: Slots | None = None

    def stages(self) -> dict[str, Slots]:
        """Stage -> shape (CPUs,), dtype abi.DISTRIBUTION; empty without stages."""
        if self.stage_cpus is None:
            return {}
        return {name: self.stage_cpus["stages"][:, n] for n, name in enumerate(abi.STAGES)}

    def reset_extremes(self) -> None:
        """Forget minima and maxima, so that the next snapshot tells those of the window."""
        self.slots["lateness_min_ns"] = abi.NO_MINIMUM
        self.slots["lateness_max_ns"] = 0
        for view in (*self.distributions.values(), *self.stages().values()):
            view["min_ns"] = abi.NO_MINIMUM
            view["max_ns"] = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """One of a program's own distributions: values, and failures by errno."""

    values: Histogram
    errors: ByErrno

    def since(self, earlier: Tally) -> Tally:
        """What came after ``earlier``."""
        errors = {
            name: count - earlier.errors.get(name, 0)
            for name, count in self.errors.items()
            if count > earlier.errors.get(name, 0)
        }
        return Tally(self.values.since(earlier.values), errors)


@dataclass(frozen=True, slots=True)
class Counters:
    """Sums over the per-CPU slots at one moment.

    Attributes:
        t_ns: CLOCK_MONOTONIC at the snapshot.
        seeded: Of the started, those that were armed before the load began.
        lateness: Histogram with the extremes since they were last reset.
        venue: Callbacks by venue, in the order of :data:`bench.abi.VENUES`.
        other_clock: Timers that run on another clock than their lateness is judged by.
        measures: The program's own counters by name.
        distributions: The program's own distributions by name.
        stages: Histograms of the stages by name; empty without stages.
        unstaged: Callbacks whose stages are unknown.
        contradictions: Callbacks whose stages were found wrong, where that is checked.
        moved: Callbacks on another CPU than the one that armed their timer.
        fired_by_cpu: Callbacks, and ``armed_by_cpu`` first starts of timers, by CPU.
    """

    t_ns: int
    fired: int
    restarted: int
    missed_periods: int
    inited: int
    started: int
    cancelled: int
    dropped: int
    freed: int
    collected: int
    init_retried: int
    other_clock: int
    venue: tuple[int, ...]
    lateness: Histogram
    init_failed: ByErrno
    insert_failed: ByErrno
    start_failed: ByErrno
    collect_failed: ByErrno
    seeded: int = 0
    measures: dict[str, int] = field(default_factory=dict)
    distributions: dict[str, Tally] = field(default_factory=dict)
    stages: dict[str, Histogram] = field(default_factory=dict)
    unstaged: int = 0
    contradictions: int = 0
    moved: int = 0
    fired_by_cpu: Mapping[int, int] = field(default_factory=dict)
    armed_by_cpu: Mapping[int, int] = field(default_factory=dict)

    @property
    def outstanding(self) -> int:
        """Timers that should still be pending, by subtraction; the census confirms it."""
        return self.started + self.restarted - self.fired - self.cancelled - self.freed

    def lateness_since(self, earlier: Counters) -> Histogram:
        """Callbacks after ``earlier``; the extremes are those since the last reset."""
        return self.lateness.since(earlier.lateness)


def _copied(slots: Slots) -> tuple[int, Slots]:
    """When the slots were copied, and the copy.

    On a saturated host softirqs hold up whoever reads the clock and then copies; counters go on
    meanwhile, and belong to no time. So the quickest of some attempts counts.
    """
    attempts = []
    for _ in range(ATTEMPTS):
        begin = time.monotonic_ns()
        copy = np.array(slots)
        took = time.monotonic_ns() - begin
        attempts.append((took, begin + took // 2, copy))
        if took <= QUICK_NS:
            break
    _, t_ns, copy = min(attempts, key=itemgetter(0))
    return t_ns, copy


def read(shared: Shared) -> Counters:
    """Take a snapshot of the shared memory."""
    t_ns, copy = _copied(shared.slots)

    def total(name: str) -> int:
        return int(copy[name].sum())

    def errors(name: str) -> ByErrno:
        return abi.by_errno(copy[name].sum(axis=0))

    def by_cpu(name: str) -> dict[int, int]:
        return {cpu: int(n) for cpu, n in enumerate(copy[name][:-1])}

    def of_stages(name: str) -> int:
        return 0 if shared.stage_cpus is None else int(shared.stage_cpus[name].sum())

    own = copy["measures"].sum(axis=0)
    return Counters(
        t_ns=t_ns,
        fired=total("fired"),
        restarted=total("restarted"),
        missed_periods=total("missed_periods"),
        inited=total("inited"),
        started=total("started"),
        seeded=total("seeded"),
        cancelled=total("cancelled"),
        dropped=total("dropped"),
        freed=total("freed"),
        collected=total("collected"),
        init_retried=total("init_retried"),
        other_clock=total("other_clock"),
        venue=tuple(int(n) for n in copy["venue"].sum(axis=0)),
        lateness=_lateness(copy),
        init_failed=errors("init_failed"),
        insert_failed=errors("insert_failed"),
        start_failed=errors("start_failed"),
        collect_failed=errors("collect_failed"),
        measures={name: int(own[place]) for place, name in enumerate(shared.measures)},
        distributions={name: _tally(view) for name, view in shared.distributions.items()},
        stages={name: _tally(view).values for name, view in shared.stages().items()},
        unstaged=of_stages("unstaged"),
        contradictions=of_stages("contradictions"),
        moved=total("moved"),
        fired_by_cpu=by_cpu("fired"),
        armed_by_cpu=by_cpu("started"),
    )


def _lateness(copy: Slots) -> Histogram:
    return _histogram(copy, "lateness", prefix="lateness_", total="lateness_sum_ns")


def _tally(view: Slots) -> Tally:
    copy = np.array(view)
    values = _histogram(copy, "counts", prefix="", total="total_ns")
    return Tally(values, abi.by_errno(copy["errors"].sum(axis=0)))


def _histogram(copy: Slots, counts: str, *, prefix: str, total: str) -> Histogram:
    lowest = int(copy[f"{prefix}min_ns"].min())
    known = lowest != abi.NO_MINIMUM
    return Histogram(
        counts=copy[counts].sum(axis=0),
        total_ns=int(copy[total].sum()),
        min_ns=lowest if known else None,
        max_ns=int(copy[f"{prefix}max_ns"].max()) if known else None,
        negative=int(copy["negative"].sum()),
        overflow=int(copy["overflow"].sum()),
    )
