"""A percentile distribution as text, to the letter as HdrHistogram (Java) writes it.

See ``AbstractHistogram.outputPercentileDistribution`` and ``PercentileIterator`` of
http://hdrhistogram.org/ (2.1.11). Its Python port takes other steps between percentiles, and
writes the total count of its footer under another name.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

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
        f"#[Mean    = {_fixed(mean)}, StdDeviation   = {_fixed(math.sqrt(squares / total))}]",
        f"#[Max     = {_fixed(ends[-1])}, Total count    = {total:12d}]",
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
            inverse = 1 / (1 - level / ALL)
            yield f"{_line(end, level, so_far)} {_fixed(inverse, width=14)}"
            level = _next(level)
            if so_far == total:
                yield _line(end, ALL, total)
                return


def _line(value: int, level: float, count: int) -> str:
    return f"{_fixed(value)} {_fixed(level / ALL, digits=12, width=2)} {count:10d}"


def _next(level: float) -> float:
    """Steps get shorter with each whole halving of the distance to 100 %."""
    halvings = int(math.log(ALL / (ALL - level)) / math.log(2))
    return level + ALL / math.ldexp(STEPS, halvings + 1)


def _fixed(value: float, *, digits: int = DIGITS, width: int = 12) -> str:
    """As Java's ``%f``: the shortest decimal text of the number, its half rounded up."""
    rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return f"{rounded:{width}f}"
