"""Knees: the offered rate from which something sets in, such as ksoftirqd taking over. Pure.

Within a block the share is made to rise with the rate and interpolated over the rate's logarithm
(:func:`bench.stats.knee.crossing`); the knee is the median over blocks, its interval is over
blocks. A block whose knee lies outside of its rates counts as below or above them all: leaving it
out would favour the blocks that have one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from bench.analysis.families import Family, families
from bench.quantities.callbacks import BATCH, IN_KSOFTIRQD, MISSED, OFFERED
from bench.quantities.cpu import IDLE_LEFT
from bench.record import TrialRecord
from bench.stats.bootstrap import Interval, interval
from bench.stats.knee import crossing, rising

ONE_RATE = 1.1
"""Rates of a family that differ by less than this factor are one rate."""
MOST_MISSED = 0.01
"""Share of periods missed beyond which a host is saturated."""
LEAST_LEFT = 0.02
"""Share of all CPU time left idle below which it is, too."""


@dataclass(frozen=True, slots=True)
class Onset:
    """What sets in: a share that rises with the rate, and the level that it passes.

    Attributes:
        smooth: Whether the share rises gradually, so that a rate between two can be estimated.
    """

    share: Callable[[TrialRecord], float | None]
    level: float
    smooth: bool = True


def is_saturated(missed: float | None, idle: float | None) -> bool | None:
    """Whether shares of missed periods and of idle CPU time are those of a saturated host.

    None if neither was measured.
    """
    if missed is None and idle is None:
        return None
    return (missed or 0) > MOST_MISSED or (idle is not None and idle < LEAST_LEFT)


def _saturation(record: TrialRecord) -> float | None:
    found = is_saturated(MISSED.value(record), IDLE_LEFT.value(record))
    return None if found is None else float(found)


TAKEN_OVER = Onset(IN_KSOFTIRQD.value, 0.5)
"""ksoftirqd runs half of the callbacks."""
SATURATED = Onset(_saturation, 0.5, smooth=False)
"""Periods are missed, or no CPU time is left. What is served does not say so: timers that re-arm
relative to their callback serve timeout / (timeout + lateness), however idle the host is."""
OUTSIDE = 1e300
"""Stands for "above all rates" where ends of intervals are weighted: infinity times 0 is nothing.
0 stands for "below"."""


@dataclass(frozen=True, slots=True)
class Knee:
    """Where something sets in, in one family of cells.

    Attributes:
        family: The cells.
        rates_hz: Offered callbacks/s, rising.
        below_hz: The highest of them at which it has not set in, over all blocks together;
            None if it has at the lowest.
        at_hz: The lowest at which it has; None if it has not at the highest.
        rate_hz: The knee between them, the median over blocks; None if that lies outside of
            the rates, or what sets in cannot be interpolated.
        interval: 95 % over blocks; None for too few of them. An end outside of the rates is
            0 or infinite.
        batch: Callbacks per softirq run at ``below_hz``, or else at ``at_hz``: the median over
            trials; None if it was not measured.
        blocks: Blocks in which the knee lies among the rates, ``of_blocks`` those that have
            two rates.
    """

    family: Family
    rates_hz: tuple[float, ...]
    below_hz: float | None
    at_hz: float | None
    rate_hz: float | None
    interval: Interval | None
    batch: float | None
    blocks: int
    of_blocks: int


@dataclass(frozen=True, slots=True)
class _Point:
    block: int
    rate_hz: float
    share: float
    batch: float | None


def knees(records: Iterable[TrialRecord], onset: Onset = TAKEN_OVER) -> tuple[Knee, ...]:
    """The knee of each family of cells; also one that was measured at one rate only."""
    found = [(family, _points(family, onset)) for family in families(records)]
    return tuple(_knee(family, points, onset) for family, points in found if points)


def _points(family: Family, onset: Onset) -> list[_Point]:
    known = [
        (record, rate, share)
        for record in family.records
        if (rate := OFFERED.value(record)) and (share := onset.share(record)) is not None
    ]
    one = _one_rate([rate for _, rate, _ in known])
    return [
        _Point(record.block, one[rate], share, BATCH.value(record)) for record, rate, share in known
    ]


def _one_rate(rates: Iterable[float]) -> dict[float, float]:
    """Each rate with the median of those that are the same but for noise."""
    groups: list[list[float]] = []
    for rate in sorted(rates):
        if groups and rate < ONE_RATE * groups[-1][0]:
            groups[-1].append(rate)
        else:
            groups.append([rate])
    return {rate: median(group) for group in groups for rate in group}


def _knee(family: Family, points: Sequence[_Point], onset: Onset) -> Knee:
    rates = _rates(points)
    below, at = _bracket(rates, points, onset.level)
    blocks = [block for block in _blocks(points) if len(_rates(block)) > 1]
    crossed = _crossed(blocks, onset.level) if onset.smooth else []
    middle = median(crossed) if crossed else OUTSIDE
    return Knee(
        family=family,
        rates_hz=tuple(rates),
        below_hz=below,
        at_hz=at,
        rate_hz=middle if rates[0] <= middle <= rates[-1] else None,
        interval=_within(interval(crossed), rates),
        batch=_batch_at(points, at if below is None else below),
        blocks=sum(0 < rate < OUTSIDE for rate in crossed),
        of_blocks=len(blocks),
    )


def _batch_at(points: Iterable[_Point], rate_hz: float | None) -> float | None:
    known = [p.batch for p in points if p.rate_hz == rate_hz and p.batch is not None]
    return median(known) if known else None


def _crossed(blocks: Iterable[Sequence[_Point]], level: float) -> list[float]:
    """The knee of each block; outside of its rates 0 or :data:`OUTSIDE`."""
    found = (
        crossing([point.rate_hz for point in block], [point.share for point in block], level)
        for block in blocks
    )
    return [min(rate, OUTSIDE) for rate in found if rate is not None]


def _within(found: Interval | None, rates: Sequence[float]) -> Interval | None:
    """Ends outside of the rates are not known: 0 or infinite."""
    if found is None:
        return None
    lowest, highest = rates[0], rates[-1]
    low = 0.0 if found.low < lowest else min(found.low, highest)
    high = math.inf if found.high > highest else max(found.high, lowest)
    return Interval(low, high, found.level)


def _blocks(points: Sequence[_Point]) -> list[list[_Point]]:
    found: dict[int, list[_Point]] = {}
    for point in points:
        found.setdefault(point.block, []).append(point)
    return list(found.values())


def _rates(points: Iterable[_Point]) -> list[float]:
    return sorted({point.rate_hz for point in points})


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
