"""Stand-in until bench.stats is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """Ends."""

    low: float
    high: float


def interval(values: Sequence[float]) -> Interval | None:
    """None."""
    return None
