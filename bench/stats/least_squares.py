"""Least squares with intervals of a prediction, for few points and fewer coefficients. Pure.

The interval is that of a new observation (Draper and Smith, *Applied Regression Analysis*, 3.1):
the scatter of the points about the fit, and what the coefficients do not know.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LEVEL = 0.90
"""Of intervals of predictions."""
_T = (6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833, 1.812)
"""Student's t, two-sided 90 %, by degrees of freedom from 1 on."""
_NORMAL = 1.645


def t_of(freedom: int) -> float:
    """Student's t for :data:`LEVEL`; beyond ten degrees by its expansion at the normal one."""
    if freedom <= len(_T):
        return _T[freedom - 1]
    return _NORMAL + (_NORMAL**3 + _NORMAL) / (4 * freedom)


@dataclass(frozen=True, slots=True)
class Predicted:
    """A value with the ends of its interval."""

    value: float
    low: float
    high: float

    def holds(self, measured: float) -> bool:
        """Whether the interval holds a measured value."""
        return self.low <= measured <= self.high


@dataclass(frozen=True, slots=True)
class Fit:
    """Coefficients, and how well they are known.

    Attributes:
        relative: Whether points scatter in proportion to their values.
        unscaled: Covariance of the coefficients for a scatter of 1.
        scatter: Of points about the fit, relative or absolute.
        freedom: Points less coefficients.
    """

    coefficients: Floats
    relative: bool
    unscaled: Floats
    scatter: float
    freedom: int

    def predict(self, terms: Sequence[float]) -> Predicted:
        """The value at these terms, and the interval of a new observation."""
        x = np.asarray(terms, dtype=np.float64)
        value = float(x @ self.coefficients)
        own = value * value if self.relative else 1.0
        half = t_of(self.freedom) * self.scatter * math.sqrt(own + float(x @ self.unscaled @ x))
        return Predicted(value, value - half, value + half)


def fit(
    terms: Sequence[Sequence[float]],
    values: Sequence[float],
    *,
    relative: bool = False,
    least_scatter: float = 0.0,
) -> Fit | None:
    """The coefficients; None if the points do not determine them with one to spare.

    Args:
        terms: Those of each point.
        values: One for each point; above zero if ``relative``.
        relative: Minimise relative distances.
        least_scatter: What the points are known to scatter by, however well they happen to fit.
    """
    x, y = np.asarray(terms, dtype=np.float64), np.asarray(values, dtype=np.float64)
    points, coefficients = x.shape
    freedom = points - coefficients
    weights = 1 / y if relative else np.ones_like(y)
    weighted = x * weights[:, None]
    if freedom < 1 or np.linalg.matrix_rank(_scaled(weighted)) < coefficients:
        return None
    unscaled: Floats = np.asarray(np.linalg.inv(weighted.T @ weighted), dtype=np.float64)
    found: Floats = unscaled @ (weighted.T @ (y * weights))
    rest = y * weights - weighted @ found
    scatter = math.sqrt(float(rest @ rest) / freedom)
    return Fit(found, relative, unscaled, max(scatter, least_scatter), freedom)


def _scaled(x: Floats) -> Floats:
    """Columns of like size, so that the rank does not depend on units."""
    size = np.sqrt((x * x).sum(axis=0))
    scaled: Floats = x / np.where(size > 0, size, 1.0)
    return scaled
