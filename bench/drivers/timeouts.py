"""Timeouts drawn around a mean: what the BPF side cannot compute itself."""

from __future__ import annotations

import numpy as np

from bench.abi import EXPONENTIAL_STEPS

MEAN = 1024
"""How the table writes the mean."""


def exponential_table() -> bytes:
    """The exponential distribution in equally likely ranges, each represented by its mean.

    The mean of ``-ln(v)`` for v uniform in (a, b] is ``(F(b) - F(a)) / (b - a)`` with
    ``F(v) = v - v ln(v)``, so the mean over all ranges is the distribution's own.

    Returns:
        ``exponential`` of bpf/timerbench.h: EXPONENTIAL_STEPS words of 32 bits.
    """
    v = np.linspace(0.0, 1.0, EXPONENTIAL_STEPS + 1)
    integral = v - v * np.log(np.where(v > 0, v, 1.0))
    means = np.diff(integral) * EXPONENTIAL_STEPS
    return np.rint(means * MEAN).astype("<u4").tobytes()
