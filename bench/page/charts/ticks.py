"""Ticks of logarithmic axes: few, round, and enough to read a value off. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable

ROOM = 1.05
"""Factor that keeps the outermost values off the edge."""
ENOUGH = 3
"""Decades from which ticks at powers of ten do."""


def log_ticks(values: Iterable[float]) -> list[float]:
    """Powers of ten that span the values; over few decades also twice and five times these."""
    known = [value for value in values if value > 0]
    if not known:
        return []
    low, high = math.floor(math.log10(min(known))), math.ceil(math.log10(max(known)))
    steps = (1,) if high - low >= ENOUGH else (1, 2, 5)
    return [step * 10.0**power for power in range(low, high + 1) for step in steps]


def log_domain(values: Iterable[float]) -> list[float]:
    """From the round number below the lowest to the one above the highest value."""
    known = [value for value in values if value > 0] or [1.0]
    low, high = min(known) / ROOM, max(known) * ROOM
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    round_numbers = [step * 10.0**n for n in range(first, last + 1) for step in (1, 2, 5)]
    return [max(n for n in round_numbers if n <= low), min(n for n in round_numbers if n >= high)]
