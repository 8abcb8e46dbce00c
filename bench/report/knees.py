"""The knee: the offered rate from which ksoftirqd takes over. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from bench.record import Status, TrialRecord
from bench.spec import Cell
from bench.stats.bootstrap import Interval, interval
from bench.stats.knee import crossing

TAKEN_OVER = 0.5
"""Share of callbacks in ksoftirqd from which it has taken over."""


@dataclass(frozen=True, slots=True)
class Knee:
    """A family of cells that differ in number of timers and timeout only.

    Attributes:
        cell: One of the family, the first measured.
        rate_hz: Offered callbacks/s at which half of them run in ksoftirqd, the median over
            blocks; None if that lies outside of what was offered.
        interval: 95 % over blocks; None for too few of them.
        blocks: Blocks in which the knee lies among the rates.
        offered_hz: Lowest and highest rate that was offered.
    """

    cell: Cell
    rate_hz: float | None
    interval: Interval | None
    blocks: int
    offered_hz: tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Point:
    block: int
    rate_hz: float
    share: float


def knees(records: Iterable[TrialRecord]) -> tuple[Knee, ...]:
    """The knee of each family of cells with at least two offered rates."""
    families: dict[Cell, tuple[Cell, list[_Point]]] = {}
    for record in records:
        point = _point(record)
        if point and record.cell.control is None:
            family = replace(record.cell, map_size=1, timeout_ns=1)
            families.setdefault(family, (record.cell, []))[1].append(point)
    return tuple(
        _knee(cell, points)
        for cell, points in families.values()
        if len({point.rate_hz for point in points}) > 1
    )


def _point(record: TrialRecord) -> _Point | None:
    venue, callbacks = record.venue, record.callbacks
    if record.status is not Status.OK or venue is None or callbacks is None:
        return None
    everywhere = venue.idle + venue.task + venue.ksoftirqd
    if not everywhere or not callbacks.offered_hz:
        return None
    return _Point(record.block, callbacks.offered_hz, venue.ksoftirqd / everywhere)


def _knee(cell: Cell, points: list[_Point]) -> Knee:
    rates = [point.rate_hz for point in points]
    found = []
    for block in sorted({point.block for point in points}):
        mine = [point for point in points if point.block == block]
        crossed = crossing(
            [point.rate_hz for point in mine], [point.share for point in mine], TAKEN_OVER
        )
        if crossed is not None:
            found.append(crossed)
    return Knee(
        cell=cell,
        rate_hz=float(np.median(found)) if found else None,
        interval=interval(found),
        blocks=len(found),
        offered_hz=(min(rates), max(rates)),
    )
