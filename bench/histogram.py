"""HdrHistogram layout with 2 significant digits over 1 ns .. 2**36 ns, on numpy counters.

The layout is that of Gil Tene's HdrHistogram with ``lowest=1, highest=2**36, digits=2``:
values below 256 have a counter each; above, every power of two is split into 128 linear
steps, so the relative error stays under 1 %. The BPF side (``bpf/hist.h``) uses the
same index function. See http://hdrhistogram.org/ and ``org.HdrHistogram.AbstractHistogram``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from hdrh.histogram import HdrHistogram

from bench.record import Distribution

SUB_BUCKETS = 256
HALF = SUB_BUCKETS // 2
HIGHEST = 2**36
DIGITS = 2
COUNTERS = 3968

Counts = npt.NDArray[np.uint64]
Values = npt.NDArray[np.int64]


def index_of(values: npt.ArrayLike) -> Values:
    """Counter index of each value (ns, 0 <= value <= 2**36), vectorised."""
    v = np.asarray(values, dtype=np.int64)
    shift = np.maximum(np.frexp(v.astype(np.float64))[1] - 8, 0)
    index: Values = shift * HALF + (v >> shift)
    return index


def _bounds() -> tuple[Values, Values]:
    index = np.arange(COUNTERS, dtype=np.int64)
    shift = np.maximum(index // HALF - 1, 0)
    lowest = (index - shift * HALF) << shift
    return lowest, lowest + (np.int64(1) << shift) - 1


LOWEST, HIGHEST_EQUIVALENT = _bounds()
"""Smallest and largest value of each counter, ns; shape (COUNTERS,)."""


def _no_counts() -> Counts:
    return np.zeros(COUNTERS, dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counters of one distribution of durations.

    Attributes:
        counts: Shape (COUNTERS,), uint64.
        total_ns: Exact sum of all values counted in ``counts`` and ``overflow``.
        min_ns: Exact smallest value, or None when unknown.
        max_ns: Exact largest value, or None when unknown.
        negative: Values below zero.
        overflow: Values above 2**36 ns.
    """

    counts: Counts = field(default_factory=_no_counts)
    total_ns: int = 0
    min_ns: int | None = None
    max_ns: int | None = None
    negative: int = 0
    overflow: int = 0

    @classmethod
    def of(cls, values: npt.ArrayLike) -> Histogram:
        """Count raw values (ns), as the BPF side would."""
        v = np.asarray(values, dtype=np.int64)
        inside = v[(v >= 0) & (v <= HIGHEST)]
        known = v[v >= 0]
        return cls(
            counts=np.bincount(index_of(inside), minlength=COUNTERS).astype(np.uint64),
            total_ns=int(known.sum()),
            min_ns=int(np.min(known)) if known.size else None,
            max_ns=int(np.max(known)) if known.size else None,
            negative=int((v < 0).sum()),
            overflow=int((v > HIGHEST).sum()),
        )

    @property
    def count(self) -> int:
        """Values counted: within range or overflowing, without negative ones."""
        return int(self.counts.sum()) + self.overflow

    def quantile(self, q: float) -> int | None:
        """Value at rank ceil(q * n), ns, as HdrHistogram gives it; None if it overflowed.

        The highest value equivalent to the counter, never above the exact maximum.
        """
        n = self.count
        if n == 0:
            return None
        rank = min(max(math.ceil(q * n), 1), n)
        index = int(np.searchsorted(np.cumsum(self.counts), rank))
        if index >= COUNTERS:
            return self.max_ns
        value = int(HIGHEST_EQUIVALENT[index])
        return value if self.max_ns is None else min(value, self.max_ns)

    def lowest_quantile(self, q: float) -> int | None:
        """The lowest value equivalent to the counter of that rank, for the lower end of a range."""
        found = self.quantile(q)
        if found is None or found > HIGHEST:
            return found
        low = int(LOWEST[np.searchsorted(HIGHEST_EQUIVALENT, found)])
        return low if self.min_ns is None else max(low, self.min_ns)

    def supported_quantile(self, q: float) -> int | None:
        """The quantile if the sample can carry it (n >= 10 / (1 - q)), else None."""
        return self.quantile(q) if self.count * (1 - q) >= 10 * (1 - 1e-12) else None

    def encode(self) -> str:
        """HdrHistogram compressed V2 encoding, base64; readable by any HdrHistogram port."""
        hdr = HdrHistogram(1, HIGHEST, DIGITS)
        for index in np.flatnonzero(self.counts):
            hdr.record_value(int(LOWEST[index]), int(self.counts[index]))
        return str(hdr.encode().decode("ascii"))

    @classmethod
    def decode(cls, text: str) -> Histogram:
        """Counters from :meth:`encode`'s text; exact extremes and sum are not part of it."""
        hdr = HdrHistogram.decode(text)
        return cls(counts=np.array(hdr.counts, dtype=np.uint64))

    def merged(self, other: Histogram) -> Histogram:
        """Both samples together; merge only trials of one cell."""
        lows = [h.min_ns for h in (self, other) if h.min_ns is not None]
        highs = [h.max_ns for h in (self, other) if h.max_ns is not None]
        return Histogram(
            counts=self.counts + other.counts,
            total_ns=self.total_ns + other.total_ns,
            min_ns=min(lows, default=None),
            max_ns=max(highs, default=None),
            negative=self.negative + other.negative,
            overflow=self.overflow + other.overflow,
        )

    def since(self, earlier: Histogram) -> Histogram:
        """What was counted after ``earlier``; the extremes are this histogram's own."""
        return Histogram(
            counts=self.counts - earlier.counts,
            total_ns=self.total_ns - earlier.total_ns,
            min_ns=self.min_ns,
            max_ns=self.max_ns,
            negative=self.negative - earlier.negative,
            overflow=self.overflow - earlier.overflow,
        )

    def summary(self) -> Distribution:
        """The record's form of this histogram."""
        n = self.count
        return Distribution(
            count=n,
            min_ns=self.min_ns,
            mean_ns=self.total_ns / n if n else None,
            p50_ns=self.supported_quantile(0.5),
            p90_ns=self.supported_quantile(0.9),
            p99_ns=self.supported_quantile(0.99),
            p999_ns=self.supported_quantile(0.999),
            max_ns=self.max_ns,
            negative=self.negative,
            overflow=self.overflow,
            hdr=self.encode(),
        )
