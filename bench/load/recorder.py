"""Delays of a running client, folded into a histogram in small batches.

A batch is small enough that folding it (some 50 µs) does not itself delay a connection by
more than a hold-up the client would see anyway.
"""

from __future__ import annotations

import numpy as np

from bench.histogram import COUNTERS, Histogram
from bench.load.messages import Delays

BATCH = 512


class DelayRecorder:
    """Counts delays (ns)."""

    def __init__(self) -> None:
        """Start empty."""
        self._fresh: list[int] = []
        self._all = Histogram()

    def add(self, delay_ns: int) -> None:
        """Record one delay."""
        self._fresh.append(delay_ns)
        if len(self._fresh) >= BATCH:
            self._fold()

    def report(self) -> Delays:
        """Everything recorded so far."""
        self._fold()
        return Delays(
            counts=sparse(self._all),
            total_ns=self._all.total_ns,
            min_ns=self._all.min_ns,
            max_ns=self._all.max_ns,
            negative=self._all.negative,
            overflow=self._all.overflow,
        )

    def _fold(self) -> None:
        if not self._fresh:
            return
        batch = Histogram.of(self._fresh)
        self._fresh.clear()
        self._all = self._all.merged(batch)


def sparse(histogram: Histogram) -> tuple[tuple[int, int], ...]:
    """Pairs of index and count of the counters that are not empty."""
    index = np.flatnonzero(histogram.counts)
    return tuple(zip(index.tolist(), histogram.counts[index].tolist(), strict=True))


def dense(delays: Delays) -> Histogram:
    """The histogram of a report.

    Raises:
        ValueError: A counter index is outside the layout.
    """
    histogram = Histogram(
        total_ns=delays.total_ns,
        min_ns=delays.min_ns,
        max_ns=delays.max_ns,
        negative=delays.negative,
        overflow=delays.overflow,
    )
    for index, count in delays.counts:
        if index >= COUNTERS:
            raise ValueError(f"counter {index} is outside the histogram's {COUNTERS} counters")
        histogram.counts[index] = count
    return histogram
