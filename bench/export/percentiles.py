"""A percentile distribution as text, to the letter as HdrHistogram's Python port writes it.

The port itself visits every counter several times; this is some fifty times faster.
See ``HdrHistogram.output_percentile_distribution`` and ``PercentileIterator`` in ``hdrh``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from bench.histogram import COUNTERS, DIGITS, HALF, HIGHEST_EQUIVALENT, LOWEST, SUB_BUCKETS, Counts

STEPS = 5
"""Lines per halving of the distance to 100 %."""
ALL = 100.0
_TITLES = ("Value", "Percentile", "TotalCount", "1/(1-Percentile)")


def percentile_text(counts: Counts) -> str:
    """The distribution of values in ns.

    Args:
        counts: As :class:`bench.histogram.Histogram` has them; at least one is not zero.
    """
    used = np.flatnonzero(counts)
    numbers = [int(count) for count in counts[used]]
    ends = [int(value) for value in HIGHEST_EQUIVALENT[used]]
    middles = [int(low + (high - low + 1) // 2) for low, high in _bounds(used)]
    total = sum(numbers)
    mean = sum(n * value for n, value in zip(numbers, middles, strict=True)) / total
    squares = sum(n * (value - mean) ** 2 for n, value in zip(numbers, middles, strict=True))
    lines = [
        "%12s %14s %10s %14s\n" % _TITLES,  # noqa: UP031 - the library's own formats
        *_lines(ends, numbers, total),
        f"#[Mean    = {mean:12.{DIGITS}f}, StdDeviation   = {math.sqrt(squares / total):12.2f}]",
        f"#[Max     = {ends[-1]:12.{DIGITS}f}, TotalCount     = {total:12.{DIGITS}f}]",
        f"#[Buckets = {COUNTERS // HALF - 1:12d}, SubBuckets     = {SUB_BUCKETS:12d}]",
    ]
    return "\n".join(lines) + "\n"


def _bounds(used: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Iterator[tuple[int, int]]:
    return zip(LOWEST[used].tolist(), HIGHEST_EQUIVALENT[used].tolist(), strict=True)


def _lines(ends: list[int], numbers: list[int], total: int) -> Iterator[str]:
    """A line for each level that a counter reaches; the last counter ends them with 100 %."""
    level, so_far = 0.0, 0
    for end, number in zip(ends, numbers, strict=True):
        so_far += number
        while ALL * so_far / total >= level:
            yield _line(end, level, so_far)
            level = _next(level)
            if so_far == total:
                yield f"{end:12.{DIGITS}f} {1:2.12f} {total:10d}"
                return


def _line(value: int, level: float, count: int) -> str:
    inverse = 1 / (1 - level / ALL)
    return f"{value:12.{DIGITS}f} {level / ALL:2.12f} {count:10d} {inverse:14.2f}"


def _next(level: float) -> float:
    halvings = math.log(100 / (ALL - level)) / math.log(2)
    return level + ALL / (STEPS * math.pow(2, halvings + 1))
