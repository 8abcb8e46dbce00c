"""Where a share that rises with a rate passes a level: the knee of a curve. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def rising(values: Sequence[float] | Floats, weights: Sequence[float] | Floats) -> Floats:
    """The nearest values in least squares that never fall: pool adjacent violators.

    Barlow, Bartholomew, Bremner and Brunk, *Statistical Inference under Order Restrictions*,
    1972, chapter 1.
    """
    means: list[float] = []
    masses: list[float] = []
    sizes: list[int] = []
    for value, weight in zip(values, weights, strict=True):
        means.append(float(value))
        masses.append(float(weight))
        sizes.append(1)
        while len(means) > 1 and means[-2] > means[-1]:
            mass = masses[-2] + masses[-1]
            mean = (means[-2] * masses[-2] + means[-1] * masses[-1]) / mass
            size = sizes[-2] + sizes[-1]
            del means[-2:], masses[-2:], sizes[-2:]
            means.append(mean)
            masses.append(mass)
            sizes.append(size)
    return np.repeat(means, sizes)


def crossing(rates: Sequence[float], shares: Sequence[float], level: float = 0.5) -> float | None:
    """Rate at which the share passes ``level``, between the rates measured.

    Shares at one rate are averaged, made to rise with the rate, and interpolated over its
    logarithm, because rates of a sweep lie about a factor apart.

    Args:
        rates: Above zero, in any order.
        shares: One for each rate.
        level: What is to be passed.

    Returns:
        0 if it has passed it at the lowest rate already, infinite if not even at the highest;
        None if there are fewer than two rates.
    """
    order, place = np.unique(np.asarray(rates, dtype=np.float64), return_inverse=True)
    if len(order) < 2:
        return None
    counts = np.bincount(place).astype(np.float64)
    means = np.bincount(place, weights=np.asarray(shares, dtype=np.float64)) / counts
    fitted = rising(means, counts)
    if fitted[0] >= level:
        return 0.0
    if fitted[-1] < level:
        return math.inf
    above = int(np.argmax(fitted >= level))
    low, high = fitted[above - 1], fitted[above]
    part = (level - low) / (high - low)
    logs = np.log(order)
    return float(np.exp(logs[above - 1] + part * (logs[above] - logs[above - 1])))
