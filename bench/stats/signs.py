"""Do so many of some trials agree by chance? The sign test."""

from __future__ import annotations

import math


def p_agree(rising: int, falling: int) -> float:
    """Chance of so one-sided a split if rising and falling are equally likely, two-sided, exact.

    1 without any. Trials without a direction are in neither number (W. J. Dixon, A. M. Mood, *The
    statistical sign test*, J. American Statistical Association 41, 1946).
    """
    total, most = rising + falling, max(rising, falling)
    tail = sum(math.comb(total, k) for k in range(most, total + 1))
    return min(1.0, 2.0 * tail / (1 << total))
