"""Student's t distribution, and the functions that fit a prior of variances; numpy has neither."""

from __future__ import annotations

import math

NEAR = 1e-14
MOST = 500
"""Terms of a continued fraction, which needs a few dozen."""


def t_above(t: float, freedom: float) -> float:
    """Chance of a value above ``t``; the normal distribution for infinite degrees of freedom."""
    if math.isinf(freedom):
        return 0.5 * math.erfc(t / math.sqrt(2))
    tail = 0.5 * _incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t))
    return tail if t >= 0 else 1 - tail


def t_quantile(level: float, freedom: float) -> float:
    """The value below which the distribution has this share, for levels of one half and more."""
    low, high = 0.0, 1.0
    while t_above(high, freedom) > 1 - level:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if t_above(middle, freedom) > 1 - level else (low, middle)
    return (low + high) / 2


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Regularised, by the continued fraction of Lentz (Abramowitz and Stegun 26.5.8)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(b, a, 1 - x)
    log = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(log + a * math.log(x) + b * math.log1p(-x)) / a
    return front * _fraction(a, b, x)


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    found = d
    for m in range(1, MOST):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / (1 + term * d)
            c = 1 + term / c
            found *= c * d
        if abs(c * d - 1) < NEAR:
            break
    return found


def digamma(x: float) -> float:
    """The logarithmic derivative of the gamma function, for positive ``x``."""
    less = 0.0
    while x < 10:
        less += 1 / x
        x += 1
    square = 1 / (x * x)
    series = square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square / 240)))
    return math.log(x) - 0.5 / x - series - less


def trigamma(x: float) -> float:
    """The derivative of :func:`digamma`, for positive ``x``."""
    more = 0.0
    while x < 10:
        more += 1 / (x * x)
        x += 1
    square = 1 / (x * x)
    series = 1 / 6 - square * (1 / 30 - square * (1 / 42 - square / 30))
    return more + 1 / x + square * (0.5 + series / x)


def trigamma_inverse(y: float) -> float:
    """The ``x`` whose trigamma is ``y``, positive."""
    low, high = 1e-8, 1e8
    for _ in range(200):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if trigamma(middle) > y else (low, middle)
    return math.sqrt(low * high)
