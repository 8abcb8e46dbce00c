"""How long the entries of a population still have to live when the load begins. Pure.

A load that has been going on for ever has left entries of all ages. Where every entry lives equally
long, ages are as the arrivals were: even for a constant load, uniform for a Poisson process. Where
lifetimes differ, long ones are met more often, in proportion to their length, and each somewhere
within: the stationary excess distribution (D. R. Cox, *Renewal Theory*, 1962, section 5.4).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from numpy.random import PCG64, Generator

from bench.drivers.timeouts import MEAN, exponential_table
from bench.spec import Cell, LoadShape, TimeoutShape

UNIFORM_STEPS = 1024
"""Steps in which ``draw_timeout`` of bpf/timerbench.h draws a uniform timeout."""

Times = npt.NDArray[np.int64]


def residuals_ns(cell: Cell, number: int, seed: int) -> Times:
    """Residual times of that many connections, ascending, each more than 0, ns."""
    if cell.timeout_shape is TimeoutShape.FIXED and cell.load_shape is not LoadShape.POISSON:
        return evenly(cell.stated_timeout_ns, number)
    random = Generator(PCG64(seed))
    lifetimes = lifetimes_ns(cell).astype(float)
    met = random.choice(lifetimes, number, p=lifetimes / lifetimes.sum())
    # 1 - [0, 1): an entry that has no time left is none.
    return np.sort(np.ceil(met * (1 - random.random(number))).astype(np.int64))


def evenly(span_ns: int, number: int) -> Times:
    """That many moments within (0, span], each as far from the next, ascending, ns."""
    # span * n // number, in parts whose products stay within 64 bits.
    whole, rest = divmod(span_ns, number)
    n = np.arange(1, number + 1, dtype=np.int64)
    return whole * n + rest * n // number


def lifetimes_ns(cell: Cell) -> Times:
    """Equally likely timeouts of the cell, as the BPF side draws them."""
    if cell.timeout_shape is TimeoutShape.UNIFORM:
        steps = np.arange(UNIFORM_STEPS, dtype=np.float64) / UNIFORM_STEPS
        return np.rint(cell.stated_timeout_ns * (0.5 + steps)).astype(np.int64)
    if cell.timeout_shape is TimeoutShape.EXPONENTIAL:
        table = np.frombuffer(exponential_table(), "<u4").astype(np.float64)
        return np.rint(cell.stated_timeout_ns * table / MEAN).astype(np.int64)
    return np.array([cell.stated_timeout_ns], np.int64)


def delayed(residuals: Times, delays_ns: Sequence[int], seed: int) -> Times:
    """The same after delays that are drawn from equally likely ones, ascending again.

    Args:
        residuals: From the intended times of connections.
        delays_ns: From these to the hooks; none leaves the times as they are.
        seed: Of the draw.
    """
    if not delays_ns:
        return residuals
    drawn = Generator(PCG64([seed, len(residuals)])).choice(np.array(delays_ns), len(residuals))
    return np.sort(residuals + drawn)
