"""Intervals of percentiles from a histogram, by order statistics."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from bench.stats.bootstrap import Interval


def tail_interval(
    counts: npt.ArrayLike, values: npt.ArrayLike, q: float, *, level: float = 0.95
) -> Interval | None:
    """Interval of a percentile, exact for any distribution of independent values.

    How many of n values lie above the true percentile is binomial with chance 1 - q, so the
    percentile lies between two of the ordered values with a known chance (David and
    Nagaraja, *Order Statistics*, 3rd ed. 2003, section 7.1). Callbacks of one softirq run are not
    independent: this says how well the sample carries the percentile at best, and never
    replaces the interval over trials.

    Args:
        counts: Occurrences by counter of a histogram.
        values: Value of each counter, rising.

    Returns:
        None where the upper end would lie beyond the largest value seen.
    """
    tally = np.cumsum(np.asarray(counts, dtype=np.int64))
    total = int(tally[-1])
    above = _exceedances(total, 1 - q, level)
    if above is None:
        return None
    fewest, most = above
    ranks = (max(total - most, 1), total - fewest + 1)
    places = np.searchsorted(tally, ranks)
    low, high = np.asarray(values)[places]
    return Interval(float(low), float(high))


def _exceedances(total: int, chance: float, level: float) -> tuple[int, int] | None:
    """Counts above the percentile, ``low`` and ``high``, beyond which each tail is left out."""
    mean = total * chance
    reach = math.ceil(10 * math.sqrt(mean) + 20)
    first = max(math.floor(mean) - reach, 0)
    k = np.arange(first, min(math.ceil(mean) + reach, total) + 1, dtype=np.int64)
    cumulative = np.cumsum(_binomial(total, chance, k))
    tail = (1 - level) / 2
    fewest = int(k[np.searchsorted(cumulative, tail, side="right")])
    most = int(k[min(int(np.searchsorted(cumulative, 1 - tail)), len(k) - 1)])
    return (fewest, most) if fewest > 0 else None


def _binomial(total: int, chance: float, k: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Chances of consecutive counts ``k``, each from the one before it."""
    first = int(k[0])
    ways = math.lgamma(total + 1) - math.lgamma(first + 1) - math.lgamma(total - first + 1)
    start = ways + first * math.log(chance) + (total - first) * math.log1p(-chance)
    steps = np.log((total - k[:-1]) / (k[:-1] + 1.0)) + math.log(chance) - math.log1p(-chance)
    found: npt.NDArray[np.float64] = np.exp(start + np.concatenate([[0.0], np.cumsum(steps)]))
    return found
