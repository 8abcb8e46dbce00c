"""Ticks of logarithmic axes: few, round, and enough to read a value off. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable

NEARLY = 1 - 1e-9
ROOM = 1.05
"""Factor that keeps the outermost values off the edge."""
FEWEST = 3
MOST = 8
"""Ticks of an axis: fewer leave values to be guessed, more do not find room."""


def log_ticks(values: Iterable[float]) -> list[float]:
    """Round numbers within the domain: powers of ten if they are enough, else finer ones."""
    known = [value for value in values if value > 0]
    if not known:
        return []
    low, high = log_domain(known)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1,), (1, 3), (1, 2, 5), tuple(range(1, 10))):
        found = [step * 10.0**power for power in powers for step in steps]
        within = [tick for tick in found if low * NEARLY <= tick <= high / NEARLY]
        if len(within) >= FEWEST:
            break
    return within[:: math.ceil(len(within) / MOST)]


def log_domain(values: Iterable[float]) -> list[float]:
    """From the round number below the lowest to the one above the highest value."""
    known = [value for value in values if value > 0] or [1.0]
    low, high = min(known) / ROOM, max(known) * ROOM
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    round_numbers = [step * 10.0**n for n in range(first, last + 1) for step in (1, 2, 5)]
    return [max(n for n in round_numbers if n <= low), min(n for n in round_numbers if n >= high)]
