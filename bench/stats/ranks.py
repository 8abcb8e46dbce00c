"""Two samples compared by ranks, exactly: no assumption about how trials are distributed.

Under "no difference" every split of all values into two groups is equally likely. The chance
of a rank sum as extreme as the one seen follows by counting, also with ties (Mann and Whitney,
*On a test of whether one of two random variables is stochastically larger than the other*,
1947; Lehmann, *Nonparametrics*, 1975). The estimate that belongs to this test is the median of
all pairwise differences, and its interval ends at two of them (Hodges and Lehmann, 1963).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from bench.stats.bootstrap import Interval

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shift:
    """By how much the second sample lies above the first, in the unit of the values.

    Attributes:
        estimate: Median of all pairwise differences.
        interval: None where the trials are too few for any interval of the level.
        p: Chance of ranks as extreme as these without a difference, two-sided.
    """

    estimate: float
    interval: Interval | None
    p: float


def shift(base: Floats, new: Floats, *, level: float = 0.95) -> Shift:
    """The difference between two samples; 4 trials each is the least that gives one at 95 %."""
    differences = np.sort(np.subtract.outer(new, base), axis=None)
    p = min(1.0, 2 * min(p_greater(base, new), p_greater(new, base)))
    return Shift(float(np.median(differences)), _interval(differences, base, new, level), p)


def p_greater(base: Floats, new: Floats) -> float:
    """Chance of ranks of ``new`` as high as these if it does not lie above ``base``."""
    both = np.concatenate([base, new])
    ranks = doubled_ranks(both)
    seen = int(ranks[len(base) :].sum())
    chances = rank_sums(tuple(np.sort(ranks).tolist()), len(new))
    return float(chances[seen:].sum())


def p_beyond(base: Floats, new: Floats, margin: float) -> float:
    """Chance of samples as far apart as these if they differ by ``margin`` or less, two-sided."""
    return min(1.0, 2 * min(p_greater(base + margin, new), p_greater(new, base - margin)))


def smallest_p(base: int, new: int) -> float:
    """The least that :func:`p_beyond` can be for so many trials: all of one above the other's."""
    return 2 / math.comb(base + new, base)


def p_equivalent(base: Floats, new: Floats, margin: float) -> float:
    """Chance of samples as close as these if they differ by ``margin`` or more.

    Two one-sided tests (Schuirmann, 1987, with t tests): the difference is below ``margin``,
    and above ``-margin``; the larger p-value counts.
    """
    return max(p_greater(new, base + margin), p_greater(base - margin, new))


def doubled_ranks(values: Floats) -> npt.NDArray[np.int64]:
    """Twice the rank from 1 on; equal values share the mean of theirs, so it is whole."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    doubled: npt.NDArray[np.int64] = (2 * last - counts + 1)[places]
    return doubled


@lru_cache(maxsize=256)
def rank_sums(ranks: tuple[int, ...], chosen: int) -> Floats:
    """Chance of each sum of ``chosen`` of the ranks, all choices being equally likely."""
    chances = np.zeros((chosen + 1, sum(ranks) + 1))
    chances[0, 0] = 1.0
    for seen, rank in enumerate(ranks, start=1):
        # Reservoir: of k chosen among `seen`, this one is chosen with chance k / seen.
        for k in range(min(chosen, seen), 0, -1):
            chances[k] *= (seen - k) / seen
            chances[k, rank:] += chances[k - 1, : len(chances[k]) - rank] * (k / seen)
    found: Floats = chances[chosen]
    return found


def _interval(differences: Floats, base: Floats, new: Floats, level: float) -> Interval | None:
    size = len(base) + len(new)
    sums = rank_sums(tuple(range(2, 2 * size + 1, 2)), len(new))
    least = len(new) * (len(new) + 1)
    pairs_below = np.cumsum(sums[least::2])
    cut = int(np.searchsorted(pairs_below, (1 - level) / 2, side="right"))
    if cut == 0:
        return None
    level = 1 - 2 * float(pairs_below[cut - 1])
    return Interval(float(differences[cut - 1]), float(differences[-cut]), level)
