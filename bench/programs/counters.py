"""Counters of a program under test: one snapshot over all CPUs, and differences."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench import abi
from bench.histogram import Histogram

Slots = npt.NDArray[np.void]


@dataclass(frozen=True, slots=True)
class Counters:
    """Sums over the per-CPU slots at one moment.

    Attributes:
        t_ns: CLOCK_MONOTONIC at the snapshot.
        lateness: Histogram with the extremes since they were last reset.
        venue: Callbacks by venue, in the order of :data:`bench.abi.VENUES`.
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
    venue: tuple[int, ...]
    lateness: Histogram
    init_failed: dict[str, int]
    insert_failed: dict[str, int]
    start_failed: dict[str, int]
    collect_failed: dict[str, int]

    @property
    def outstanding(self) -> int:
        """Timers that should still be pending, by subtraction; the census confirms it."""
        return self.started + self.restarted - self.fired - self.cancelled - self.freed

    def lateness_since(self, earlier: Counters) -> Histogram:
        """Callbacks after ``earlier``; the extremes are those since the last reset."""
        now, then = self.lateness, earlier.lateness
        return Histogram(
            counts=now.counts - then.counts,
            total_ns=now.total_ns - then.total_ns,
            min_ns=now.min_ns,
            max_ns=now.max_ns,
            negative=now.negative - then.negative,
            overflow=now.overflow - then.overflow,
        )


def read(slots: Slots) -> Counters:
    """Take a snapshot of mapped slots (shape (CPUs,), dtype abi.SLOT)."""
    t_ns = time.monotonic_ns()
    copy = np.array(slots)

    def total(name: str) -> int:
        return int(copy[name].sum())

    def errors(name: str) -> dict[str, int]:
        return abi.by_errno(copy[name].sum(axis=0))

    return Counters(
        t_ns=t_ns,
        fired=total("fired"),
        restarted=total("restarted"),
        missed_periods=total("missed_periods"),
        inited=total("inited"),
        started=total("started"),
        cancelled=total("cancelled"),
        dropped=total("dropped"),
        freed=total("freed"),
        collected=total("collected"),
        init_retried=total("init_retried"),
        venue=tuple(int(n) for n in copy["venue"].sum(axis=0)),
        lateness=_lateness(copy),
        init_failed=errors("init_failed"),
        insert_failed=errors("insert_failed"),
        start_failed=errors("start_failed"),
        collect_failed=errors("collect_failed"),
    )


def _lateness(copy: Slots) -> Histogram:
    lowest = int(copy["lateness_min_ns"].min())
    known = lowest != abi.NO_MINIMUM
    return Histogram(
        counts=copy["lateness"].sum(axis=0),
        total_ns=int(copy["lateness_sum_ns"].sum()),
        min_ns=lowest if known else None,
        max_ns=int(copy["lateness_max_ns"].max()) if known else None,
        negative=int(copy["negative"].sum()),
        overflow=int(copy["overflow"].sum()),
    )


def reset_extremes(slots: Slots) -> None:
    """Forget minimum and maximum, so that the next snapshot tells those of the window."""
    slots["lateness_min_ns"] = abi.NO_MINIMUM
    slots["lateness_max_ns"] = 0
