"""Intervals of a median over trials: where would it lie if the run were repeated?

The trial is the unit of replication, and there are few of them: 5 to 10, often skewed by a
burst of steal. The usual bootstrap, resampling and taking percentiles, promises too much then:
of its 95 % intervals of a median over 7 trials, 87 to 90 % hold the truth. So the interval is
by **order statistics**. Whether a trial lies above the median is the toss of a coin whatever
the distribution, so the chance that the median lies between two given trials is exact. Between
two such pairs is interpolated (Hettmansperger and Sheather, *Confidence intervals based on
interpolated order statistics*, Stat. Prob. Letters 4, 1986).

Below a number of trials there is **no interval**, because none would keep its promise. All
of 4 trials lie on one side of the median once in 8 times, so even from the lowest to the
highest they hold it in 87.5 % of runs only; 5 trials reach 93.75 %, 6 reach 96.9 %.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import median

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SEQUENTIAL = 0.97
"""Level of intervals of a run that was repeated until they were narrow enough: to stop when one is
narrow by chance costs coverage, and these still hold the truth in 95 % of runs."""
SLACK = 0.02
"""An interval is given where its true level is short of what was asked by no more."""


@dataclass(frozen=True, slots=True)
class Interval:
    """From ``low`` to ``high``, in the unit of the values.

    Attributes:
        level: Share of repeated runs whose interval holds the truth, as it truly is: that of whole
            ranks is not always the one that was asked for.
    """

    low: float
    high: float
    level: float = 0.95

    @property
    def half_width(self) -> float:
        """Half the distance between the ends."""
        return (self.high - self.low) / 2


def fewest_trials(level: float = 0.95) -> int:
    """Trials below which a median has no interval of this level: 5 for 95 %."""
    return 1 + math.ceil(-math.log2(1 - (level - SLACK)))


def interval(values: Sequence[float] | Floats, *, level: float = 0.95) -> Interval | None:
    """Confidence interval of the median over independent trials.

    Args:
        values: One figure of each trial.
        level: Share of repeated runs whose interval holds the truth.

    Returns:
        None for fewer than :func:`fewest_trials`: see above.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n = len(ordered)
    if n < fewest_trials(level):
        return None
    depth, inward = _ends(n, level)
    if depth == 0:
        return Interval(float(ordered[0]), float(ordered[-1]), _covers(n, 1))
    # Written so that rounding leads out of no pair of equal values.
    low = ordered[depth - 1] + inward * (ordered[depth] - ordered[depth - 1])
    high = ordered[n - depth] - inward * (ordered[n - depth] - ordered[n - depth - 1])
    return Interval(float(low), float(high), level)


def over_blocks(
    values: Sequence[float] | Floats, blocks: Sequence[Hashable], *, level: float = 0.95
) -> Interval | None:
    """The same where blocks drift, so that trials of one block resemble each other.

    Blocks are the unit then: each is reduced to its own median, and the interval is over
    these. An interval over the trials would count one block's luck many times.

    Returns:
        None for too few blocks, however many trials they hold.
    """
    return interval(by_block(values, blocks), level=level)


def by_block(values: Sequence[float] | Floats, blocks: Sequence[Hashable]) -> list[float]:
    """The median of each block, in order of first appearance: what :func:`over_blocks` sees."""
    groups: dict[Hashable, list[float]] = {}
    for block, value in zip(blocks, values, strict=True):
        groups.setdefault(block, []).append(float(value))
    # A hundred times faster than numpy for so few values.
    return [median(group) for group in groups.values()]


@cache
def _ends(n: int, level: float) -> tuple[int, float]:
    """Where the interval of ``n`` values ends: a depth, and how far from it to the next.

    Depth 0: even the extremes do not reach the level.
    """
    depth = max((d for d in range(1, n // 2 + 1) if _covers(n, d) >= level), default=0)
    if depth == 0:
        return 0, 0.0
    excess = (_covers(n, depth) - level) / (_covers(n, depth) - _covers(n, depth + 1))
    return depth, (n - depth) * excess / (depth + (n - 2 * depth) * excess)


def _covers(n: int, depth: int) -> float:
    """Chance that the median lies between the ``depth``-th values from both ends."""
    return 1.0 - 2.0 * sum(math.comb(n, k) for k in range(depth)) / 2.0**n
