"""A group's counters on all CPUs, which only grow and partly wrap, as what is new in them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from bench.histogram import COUNTERS, Histogram
from bench.watch.counts import Counts

Table = npt.NDArray[np.void]


class Slot:
    """Views of one slot on each CPU, and what they were when they were read last.

    Args:
        number: Its number on each CPU.
        live: Shape (CPUs,), ``abi.WATCH_SLOT``; shared with the kernel.
        runs: The same of ``abi.WATCH_RUNS``; None if run times are not watched.
        requests: The same of ``abi.WATCH_REQUESTS``; None if requests are not watched.
    """

    def __init__(
        self, number: int, live: Table, runs: Table | None, requests: Table | None = None
    ) -> None:
        """Everything in it is new: a group's slot has not been anybody's before."""
        self.number = number
        self._live, self._runs, self._requests = live, runs, requests
        self._last = np.zeros_like(live)
        self._last_runs = None if runs is None else np.zeros_like(runs)
        self._last_requests = None if requests is None else np.zeros_like(requests)

    def read(self) -> Counts:
        """What is new."""
        now = self._live.copy()
        self._live["late_max_ns"] = 0
        self._live["ran_max_ns"] = 0
        before, self._last = self._last, now
        words = {
            name: int((now[name] - before[name]).sum())
            for name in (
                *("fired", "late_sum_ns", "negative", "overflow", "other_clock"),
                *("started", "pushed_back", "cancelled", "elsewhere", "softirqs", "ran_sum_ns"),
            )
        }
        venue = (now["venue"] - before["venue"]).sum(axis=0)
        late = _new(now["late"], before["late"])
        found = Counts(
            fired=words["fired"],
            lateness=Histogram(
                counts=late,
                total_ns=words["late_sum_ns"],
                max_ns=_highest(now["late_max_ns"], late, words["overflow"]),
                negative=words["negative"],
                overflow=words["overflow"],
            ),
            venue=tuple(int(count) for count in venue),
            other_clock=words["other_clock"],
            started=words["started"],
            pushed_back=words["pushed_back"],
            cancelled=words["cancelled"],
            elsewhere=words["elsewhere"],
            softirqs=words["softirqs"],
            fired_by_cpu=tuple((now["fired"] - before["fired"]).tolist()),
            started_by_cpu=tuple((now["started"] - before["started"]).tolist()),
            runs=self._new_runs(words["ran_sum_ns"], now["ran_max_ns"]),
        )
        return self._with_requests(found)

    def _with_requests(self, counts: Counts) -> Counts:
        if self._requests is None or self._last_requests is None:
            return counts
        now = self._requests.copy()
        self._requests["ahead_max_ns"] = 0
        self._requests["queued_max_ns"] = 0
        before, self._last_requests = self._last_requests, now
        words = {
            name: int((now[name] - before[name]).sum())
            for name in ("requested", "ahead_sum_ns", "ahead_overflow", "queued_sum_ns")
        }
        ahead, queued = (_new(now[name], before[name]) for name in ("ahead", "queued"))
        beyond = words["ahead_overflow"]
        return replace(
            counts,
            requested=words["requested"],
            ahead=Histogram(
                counts=ahead,
                total_ns=words["ahead_sum_ns"],
                max_ns=_highest(now["ahead_max_ns"], ahead, beyond),
                overflow=beyond,
            ),
            queued=Histogram(
                counts=queued,
                total_ns=words["queued_sum_ns"],
                max_ns=_highest(now["queued_max_ns"], queued, 0),
            ),
        )

    def _new_runs(self, total_ns: int, highest: npt.NDArray[np.uint64]) -> Histogram:
        if self._runs is None or self._last_runs is None:
            return Histogram()
        now = self._runs.copy()
        counts = _new(now["ran"], self._last_runs["ran"])
        self._last_runs = now
        return Histogram(counts=counts, total_ns=total_ns, max_ns=_highest(highest, counts, 0))


def _new(now: npt.NDArray[np.uint32], before: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint64]:
    """Counters of 32 bits may have wrapped, at most once."""
    found: npt.NDArray[np.uint64] = (now - before).sum(axis=0, dtype=np.uint64)
    assert found.shape == (COUNTERS,)
    return found


def _highest(
    highest: npt.NDArray[np.uint64], counts: npt.NDArray[np.uint64], overflow: int
) -> int | None:
    return int(highest.max()) if counts.any() or overflow else None
