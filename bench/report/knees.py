"""Knees: the offered rate from which something sets in, such as ksoftirqd taking over. Pure.

Within a block the share is made to rise with the rate and interpolated over the rate's logarithm
(:func:`bench.stats.knee.crossing`); the knee is the median over blocks, its interval is over
blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from bench.record import TrialRecord
from bench.report.columns import IN_KSOFTIRQD, OFFERED, SERVED
from bench.report.families import Family, families
from bench.stats.bootstrap import Interval, interval
from bench.stats.knee import crossing, rising

ONE_RATE = 1.1
"""Rates of a family that differ by less than this factor are one rate."""
FULLY_SERVED = 0.99
"""Share of the offered callbacks from which a rate counts as served."""


@dataclass(frozen=True, slots=True)
class Onset:
    """What sets in: a share that rises with the rate, and the level that it passes."""

    share: Callable[[TrialRecord], float | None]
    level: float


def _left_out(record: TrialRecord) -> float | None:
    served = SERVED.value(record)
    return None if served is None else 1 - served


TAKEN_OVER = Onset(IN_KSOFTIRQD.value, 0.5)
"""ksoftirqd runs half of the callbacks."""
FALLS_BEHIND = Onset(_left_out, 1 - FULLY_SERVED)
"""Fewer than 99 % of the offered callbacks run."""


@dataclass(frozen=True, slots=True)
class Knee:
    """Where something sets in, in one family of cells.

    Attributes:
        family: The cells.
        rates_hz: Offered callbacks/s, rising.
        below_hz: The highest of them at which it has not set in, over all blocks together;
            None if it has at the lowest.
        at_hz: The lowest at which it has; None if it has not at the highest.
        rate_hz: The knee between them, the median over blocks; None if it lies outside of
            the rates in half of the blocks or more.
        interval: 95 % over blocks; None for too few of them, or if it lies outside in any.
        blocks: Blocks in which the knee lies among the rates, ``of_blocks`` those that have
            two rates.
    """

    family: Family
    rates_hz: tuple[float, ...]
    below_hz: float | None
    at_hz: float | None
    rate_hz: float | None
    interval: Interval | None
    blocks: int
    of_blocks: int


@dataclass(frozen=True, slots=True)
class _Point:
    block: int
    rate_hz: float
    share: float


def knees(records: Iterable[TrialRecord], onset: Onset = TAKEN_OVER) -> tuple[Knee, ...]:
    """The knee of each family of cells; one that was measured at one rate only is told, too."""
    found = [(family, _points(family, onset)) for family in families(records)]
    return tuple(_knee(family, points, onset.level) for family, points in found if points)


def _points(family: Family, onset: Onset) -> list[_Point]:
    known = [
        (record, rate, share)
        for record in family.records
        if (rate := OFFERED.value(record)) and (share := onset.share(record)) is not None
    ]
    one = _one_rate([rate for _, rate, _ in known])
    return [_Point(record.block, one[rate], share) for record, rate, share in known]


def _one_rate(rates: Iterable[float]) -> dict[float, float]:
    """Each rate with the median of those that are the same but for noise."""
    groups: list[list[float]] = []
    for rate in sorted(rates):
        if groups and rate < ONE_RATE * groups[-1][0]:
            groups[-1].append(rate)
        else:
            groups.append([rate])
    return {rate: median(group) for group in groups for rate in group}


def _knee(family: Family, points: Sequence[_Point], level: float) -> Knee:
    rates = _rates(points)
    below, at = _bracket(rates, points, level)
    crossed = [_crossed(block, level) for block in _blocks(points) if len(_rates(block)) > 1]
    known = [rate for rate in crossed if rate is not None]
    most = 2 * len(known) > len(crossed)
    return Knee(
        family=family,
        rates_hz=tuple(rates),
        below_hz=below,
        at_hz=at,
        rate_hz=median(known) if known and most else None,
        interval=interval(known) if len(known) == len(crossed) else None,
        blocks=len(known),
        of_blocks=len(crossed),
    )


def _blocks(points: Sequence[_Point]) -> list[list[_Point]]:
    found: dict[int, list[_Point]] = {}
    for point in points:
        found.setdefault(point.block, []).append(point)
    return list(found.values())


def _rates(points: Iterable[_Point]) -> list[float]:
    return sorted({point.rate_hz for point in points})


def _crossed(block: Sequence[_Point], level: float) -> float | None:
    rates, shares = [point.rate_hz for point in block], [point.share for point in block]
    return crossing(rates, shares, level)


def _bracket(
    rates: Sequence[float], points: Sequence[_Point], level: float
) -> tuple[float | None, float | None]:
    """Highest rate before the onset and lowest from it on, by the medians over trials."""
    shares = [[p.share for p in points if p.rate_hz == rate] for rate in rates]
    fitted = rising([median(group) for group in shares], [len(group) for group in shares])
    before = int(np.count_nonzero(fitted < level))
    return (
        rates[before - 1] if before else None,
        rates[before] if before < len(rates) else None,
    )
