"""Intervals over trials: where would the figure lie if the run were repeated?

The trial is the unit of replication, and there are few of them: 5 to 10, often skewed by a
burst of steal. The usual bootstrap, resampling and taking percentiles, promises too much then:
of its 95 % intervals of a median over 7 trials, 87 to 90 % hold the truth. So

- the **median** has an interval by order statistics. Whether a trial lies above the median is
  the toss of a coin whatever the distribution, so the chance that the median lies between two
  given trials is exact. Between two such pairs is interpolated (Hettmansperger and Sheather,
  *Confidence intervals based on interpolated order statistics*, Stat. Prob. Letters 4, 1986).
- any other **smooth statistic**, such as the mean, has a studentised bootstrap (Efron and
  Tibshirani, *An Introduction to the Bootstrap*, 1993, chapter 12), whose error is of a higher
  order; the standard error of each resample is the jackknife's.

Below a number of trials there is **no interval**, because none would keep its promise. All
of 4 trials lie on one side of the median once in 8 times, so even from the lowest to the
highest they hold it in 87.5 % of runs only; 5 trials reach 93.75 %, 6 reach 96.9 %. A mean
needs 30: with 10 trials of which one in seven meets a burst, its 95 % intervals hold it in
80 % of runs, because a sample without a burst cannot know of any.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.random import default_rng

Floats = npt.NDArray[np.float64]
Statistic = Callable[..., Any]
"""Reduces the last axis, as ``numpy.mean(values, axis=-1)`` does."""

SLACK = 0.02
"""An interval is given where its true level is short of what was asked by no more."""
FEWEST_STUDENTISED = 30
RESAMPLES = 2_000


@dataclass(frozen=True, slots=True)
class Interval:
    """From ``low`` to ``high``, in the unit of the values."""

    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half the distance between the ends."""
        return (self.high - self.low) / 2


def fewest_trials(level: float = 0.95) -> int:
    """Trials below which a median has no interval of this level: 5 for 95 %."""
    return 1 + math.ceil(-math.log2(1 - (level - SLACK)))


def interval(
    values: Sequence[float] | Floats,
    *,
    level: float = 0.95,
    statistic: Statistic = np.median,
    seed: int = 0,
) -> Interval | None:
    """Confidence interval of a statistic over independent trials.

    Args:
        values: One figure of each trial.
        level: Share of repeated runs whose interval holds the truth.
        statistic: ``numpy.median``, or a smooth one such as ``numpy.mean``; not another
            quantile, whose resamples take few values only.
        seed: Of the resampling; the median needs none.

    Returns:
        None for fewer than :func:`fewest_trials` (median) or 30 trials (others): see above.
    """
    sample = np.asarray(values, dtype=np.float64)
    if statistic is np.median:
        return _by_order(np.sort(sample), level)
    return _studentised(sample, level, statistic, seed)


def over_blocks(
    values: Sequence[float] | Floats,
    blocks: Sequence[Hashable],
    *,
    level: float = 0.95,
    statistic: Statistic = np.median,
    seed: int = 0,
) -> Interval | None:
    """The same where blocks drift, so that trials of one block resemble each other.

    Blocks are the unit then: each is reduced to its own figure, and the interval is over
    these. An interval over the trials would count one block's luck many times.

    Returns:
        None for too few blocks, however many trials they hold.
    """
    figures = by_block(values, blocks, statistic=statistic)
    return interval(figures, level=level, statistic=statistic, seed=seed)


def by_block(
    values: Sequence[float] | Floats,
    blocks: Sequence[Hashable],
    *,
    statistic: Statistic = np.median,
) -> list[float]:
    """One figure of each block, in order of first appearance: what :func:`over_blocks` sees."""
    groups: dict[Hashable, list[float]] = {}
    for block, value in zip(blocks, values, strict=True):
        groups.setdefault(block, []).append(float(value))
    if statistic is np.median:
        # A hundred times faster than numpy for so few values.
        return [median(group) for group in groups.values()]
    return [float(statistic(np.asarray(group), axis=-1)) for group in groups.values()]


def _by_order(ordered: Floats, level: float) -> Interval | None:
    n = len(ordered)
    if n < fewest_trials(level):
        return None
    depth = max((d for d in range(1, n // 2 + 1) if _covers(n, d) >= level), default=0)
    if depth == 0:
        return Interval(float(ordered[0]), float(ordered[-1]))
    excess = (_covers(n, depth) - level) / (_covers(n, depth) - _covers(n, depth + 1))
    inward = (n - depth) * excess / (depth + (n - 2 * depth) * excess)
    # Written so that rounding leads out of no pair of equal values.
    low = ordered[depth - 1] + inward * (ordered[depth] - ordered[depth - 1])
    high = ordered[n - depth] - inward * (ordered[n - depth] - ordered[n - depth - 1])
    return Interval(float(low), float(high))


@cache
def _covers(n: int, depth: int) -> float:
    """Chance that the median lies between the ``depth``-th values from both ends."""
    return 1.0 - 2.0 * sum(math.comb(n, k) for k in range(depth)) / 2.0**n


def _studentised(sample: Floats, level: float, statistic: Statistic, seed: int) -> Interval | None:
    n = len(sample)
    if n < FEWEST_STUDENTISED:
        return None
    estimate, error = float(statistic(sample, axis=-1)), float(_jackknife(sample, statistic))
    draws = default_rng(seed).integers(0, n, (RESAMPLES, n))
    resampled = sample[draws]
    errors = _jackknife(resampled, statistic)
    usable = errors > 0
    if error == 0 or not usable.any():
        return Interval(estimate, estimate)
    pivots = (statistic(resampled[usable], axis=-1) - estimate) / errors[usable]
    tail = (1 - level) / 2
    below, above = np.quantile(pivots, [tail, 1 - tail])
    return Interval(float(estimate - above * error), float(estimate - below * error))


def _jackknife(samples: Floats, statistic: Statistic) -> Any:
    """Standard error of a statistic of the last axis, leaving out one value after another."""
    n = samples.shape[-1]
    left_out = np.stack(
        [statistic(np.delete(samples, i, axis=-1), axis=-1) for i in range(n)], axis=-1
    )
    return np.sqrt((n - 1) * left_out.var(axis=-1))
