"""Two samples compared by ranks within blocks, exactly: only what one block holds is compared.

Under "no difference" every split of a block's values into two groups is equally likely, and blocks
do not know of each other. So the sums of ranks within blocks add up, and the chances of their sum
follow by convolution (van Elteren, *On the combination of independent two-sample tests of
Wilcoxon*, 1960, here with equal weights). The estimate is the median of all differences within
blocks, and its interval ends at two of them, as for one block (Hodges and Lehmann, *Rank methods
for combination of independent experiments*, 1962). One block gives what :mod:`bench.stats.ranks`
gives. Differences between blocks are never looked at: what is found holds for these blocks.

A value may be infinite: a trial that is known to be worse than every other, without a figure. Two
such trials are equally bad to a test, and could be apart by anything to an interval.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce

import numpy as np

from bench.stats.bootstrap import Interval
from bench.stats.ranks import Floats, Shift, doubled_ranks, rank_sums

Block = tuple[Floats, Floats]
"""The values of one block: ``base``, ``new``; neither is empty."""


def shift(blocks: Sequence[Block], *, level: float = 0.95) -> Shift:
    """By how much ``new`` lies above ``base`` within blocks."""
    differences = _differences(blocks)
    p = min(1.0, 2 * min(p_greater(blocks), p_greater([(new, base) for base, new in blocks])))
    middle = float(np.median(np.nan_to_num(differences, nan=0.0, posinf=np.inf, neginf=-np.inf)))
    return Shift(middle, _interval(differences, blocks, level), p)


def upper_bound(blocks: Sequence[Block], *, level: float = 0.95) -> float:
    """What the difference does not exceed, one-sided; infinite where nothing can be said."""
    cut = _cut(blocks, 1 - level)
    return float(_sorted(_differences(blocks), np.inf)[-cut]) if cut else np.inf


def _differences(blocks: Sequence[Block]) -> Floats:
    """All differences within blocks; nan between two values that are both infinite."""
    with np.errstate(invalid="ignore"):
        return np.concatenate([np.subtract.outer(new, base).ravel() for base, new in blocks])


def _sorted(differences: Floats, unknown: float) -> Floats:
    return np.sort(np.where(np.isnan(differences), unknown, differences))


def p_greater(blocks: Sequence[Block]) -> float:
    """Chance of ranks of ``new`` as high as these if it does not lie above ``base``."""
    seen, chances = 0, []
    for base, new in blocks:
        ranks = doubled_ranks(np.concatenate([base, new]))
        seen += int(ranks[len(base) :].sum())
        chances.append(rank_sums(tuple(np.sort(ranks).tolist()), len(new)))
    return min(1.0, float(reduce(np.convolve, chances)[seen:].sum()))


def p_beyond(blocks: Sequence[Block], margin: float, *, sides: int = 2) -> float:
    """Chance of samples as far apart as these if they differ by ``margin`` or less.

    Args:
        blocks: The samples.
        margin: What matters.
        sides: 2 = in either direction; 1 = in the direction that was seen, so that either
            direction has an error rate of its own.
    """
    above = p_greater([(base + margin, new) for base, new in blocks])
    below = p_greater([(new, base - margin) for base, new in blocks])
    return min(1.0, sides * min(above, below))


def p_equivalent(blocks: Sequence[Block], margin: float) -> float:
    """Chance of samples as close as these if they differ by ``margin`` or more."""
    below = p_greater([(new, base + margin) for base, new in blocks])
    above = p_greater([(base - margin, new) for base, new in blocks])
    return max(below, above)


def smallest_p(blocks: Sequence[Block], *, sides: int = 2) -> float:
    """The least that :func:`p_beyond` can be: in every block one sample wholly above the other."""
    splits = math.prod(math.comb(len(base) + len(new), len(base)) for base, new in blocks)
    return min(1.0, sides / splits)


def _interval(differences: Floats, blocks: Sequence[Block], level: float) -> Interval | None:
    """Ends at the differences that as few pairs lie beyond as the level allows."""
    cut = _cut(blocks, (1 - level) / 2)
    if cut == 0:
        return None
    low, high = _sorted(differences, -np.inf), _sorted(differences, np.inf)
    beyond = float(np.cumsum(_pairs(blocks))[cut - 1])
    return Interval(float(low[cut - 1]), float(high[-cut]), 1 - 2 * beyond)


def _cut(blocks: Sequence[Block], tail: float) -> int:
    """How many differences lie beyond an end whose tail has this chance at most; 0 = none may."""
    return int(np.searchsorted(np.cumsum(_pairs(blocks)), tail, side="right"))


def _pairs(blocks: Sequence[Block]) -> Floats:
    """Chance of each number of pairs within blocks in which ``new`` lies above."""
    return reduce(np.convolve, [_pairs_below(len(base), len(new)) for base, new in blocks])


def _pairs_below(base: int, new: int) -> Floats:
    """Chance of each number of pairs in which ``new`` lies above, without a difference or ties."""
    sums = rank_sums(tuple(range(2, 2 * (base + new) + 1, 2)), new)
    return sums[new * (new + 1) :: 2]
