"""Where something sets in as the offered rate grows, as exactly as the sweep can tell. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bench.report.columns import IN_KSOFTIRQD, OFFERED, SERVED
from bench.report.page.tidy import Row

FULLY_SERVED = 0.99
"""Share of the offered callbacks from which a rate counts as served."""
MOSTLY = 0.5
"""Share of callbacks in ksoftirqd from which it has taken over."""


@dataclass(frozen=True, slots=True)
class Knee:
    """It sets in above ``below_hz`` and at or below ``at_hz``.

    Attributes:
        below_hz: Highest lower rate at which no cell shows it; None if there is none.
        first: The cell with the lowest rate that shows it.
    """

    below_hz: float | None
    at_hz: float
    first: Row


def throughput_knee(rows: Iterable[Row]) -> Knee | None:
    """Where callbacks no longer keep up with what is offered."""
    return _knee(rows, _falls_behind)


def ksoftirqd_knee(rows: Iterable[Row]) -> Knee | None:
    """Where ksoftirqd runs most callbacks."""
    return _knee(rows, _mostly_ksoftirqd)


def _falls_behind(row: Row) -> bool | None:
    served = row.get(SERVED)
    return served.median < FULLY_SERVED if served else None


def _mostly_ksoftirqd(row: Row) -> bool | None:
    share = row.get(IN_KSOFTIRQD)
    return share.median >= MOSTLY if share else None


def _knee(rows: Iterable[Row], shows: Callable[[Row], bool | None]) -> Knee | None:
    known = [(rate.median, row) for row in rows if (rate := row.get(OFFERED)) and not row.flagged]
    yes = [(rate, row) for rate, row in known if shows(row)]
    if not yes:
        return None
    at, first = min(yes, key=lambda pair: pair[0])
    lower = [rate for rate, row in known if rate < at and shows(row) is False]
    return Knee(max(lower, default=None), at, first)
