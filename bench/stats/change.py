"""Where a time series changes its level, if it does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SHORTEST = 16
"""Samples below which no change, however clear, has a p-value under 1 %."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of level.

    Attributes:
        at: Number of samples before it.
        before: Their median, ``after``: that of the others.
        p: Chance of such a change in a steady series of independent samples.
    """

    at: int
    before: float
    after: float
    p: float


def change_point(series: Sequence[float]) -> Change | None:
    """The most likely change of level, by ranks, so that a single spike is none.

    Pettitt, *A non-parametric approach to the change-point problem*, Applied Statistics 28,
    1979. It also answers to a trend, at the point that splits it best. Samples of a trial
    depend on each other a little, so p is a guide; require a change of practical size too.

    Returns:
        None for fewer than 16 samples, or if all are equal.
    """
    values = np.asarray(series, dtype=np.float64)
    n = len(values)
    if n < SHORTEST or np.ptp(values) == 0:
        return None
    signs = np.sign(np.subtract.outer(values, values))
    later = np.cumsum(signs.sum(axis=1))[:-1]
    at = int(np.argmax(np.abs(later))) + 1
    distance = float(np.abs(later[at - 1]))
    p = min(1.0, 2 * math.exp(-6 * distance**2 / (n**3 + n**2)))
    return Change(at, float(np.median(values[:at])), float(np.median(values[at:])), p)
