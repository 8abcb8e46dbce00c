"""From the trials of a cell to one figure with its interval, or its range. Pure.

One definition for every output. The trial is the unit of replication: a figure is the median of
the trials' own figures, never a percentile of pooled callbacks. Where several trials share a
block, blocks are the unit. Only ``ok`` trials count, and those that the timers themselves spoilt,
which rank worst (:func:`ranks_worst`). Where a cell has no ``ok`` trial, its ``invalid`` ones are
shown, flagged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.quantities.quantity import Better, Quantity
from bench.reason import Spoiler, spoiler
from bench.record import Status, TrialRecord
from bench.spec import Cell, Sweep
from bench.stats.bootstrap import SEQUENTIAL, by_block, over_blocks

BEYOND = 1e150
"""Stands for a ratio beyond all others: it can be multiplied and divided."""
MOST = 1e100
"""A ratio above it is one of those, or between one of them and a measured one: it has no value."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """One quantity of one cell, in the quantity's unit.

    Attributes:
        median: Over blocks, each reduced to the median of its trials; where each block holds
            the cell once, that is over trials.
        low: Lower end of the interval of the median; of too few blocks for one: the lowest
            trial. ``high`` likewise.
        trials: Trials that have a value.
        is_interval: Whether ``low`` and ``high`` are an interval, not only a range.
        level: Of the interval, as it truly is: 93.75 % of five trials.
    """

    median: float
    low: float
    high: float
    trials: int
    is_interval: bool = False
    level: float = 0.95

    @property
    def spans_zero(self) -> bool:
        """Whether several trials leave open on which side of zero it lies."""
        return self.trials > 1 and self.low <= 0 <= self.high

    @property
    def is_range(self) -> bool:
        """Whether there are two trials or more, but too few for an interval."""
        return self.trials > 1 and not self.is_interval


@dataclass(frozen=True, slots=True)
class Shown:
    """The trials of one cell that its figures come from.

    Attributes:
        ok: Trials with status ``ok``; ``trials``: all that have a record.
        flagged: The figures come from invalid trials, because no trial was ``ok``.
        records: The ``ok`` trials, or the invalid ones if there are none.
        worst: Beside ``ok`` trials, those that are ranked worst.
    """

    ok: int
    trials: int
    flagged: bool
    records: tuple[TrialRecord, ...]
    worst: tuple[TrialRecord, ...] = ()

    def estimate(self, quantity: Quantity, *, level: float = 0.95) -> Estimate | None:
        """A quantity of the cell with an interval of a level; None if no trial has a value.

        A trial that is ranked worst counts with the worst value that any trial has, as the least
        that it can be; for a quantity of which neither direction is worse, with its own.
        """
        everyone = (*self.records, *self.worst)
        own = [found for record in everyone if (found := quantity.value(record)) is not None]
        if not own or quantity.better is None:
            return estimate(everyone, quantity.value, level=level)
        bad = max(own) if quantity.better is Better.LOWER else min(own)
        worst = {id(record) for record in self.worst}

        def ranked(record: TrialRecord) -> float | None:
            return bad if id(record) in worst else quantity.value(record)

        return estimate(everyone, ranked, level=level)


def is_ok(record: TrialRecord) -> bool:
    """Whether a trial counts where nothing else is said."""
    return record.status is Status.OK


def ranks_worst(record: TrialRecord) -> bool:
    """Whether nothing but the timers' own work spoilt a trial.

    Such a trial is an effect, and the worst of its cell: leaving it out would choose the trials
    that went well.
    """
    return record.status is Status.INVALID and spoiler(record.codes) is Spoiler.EFFECT


def load_counts(record: TrialRecord) -> bool:
    """Whether a trial is ``ok``, or ``invalid`` only by what the timers did.

    Where the question is what timers do to the load, what the load then did is the answer.
    """
    return is_ok(record) or ranks_worst(record)


def by_cell(records: Iterable[TrialRecord]) -> dict[Cell, list[TrialRecord]]:
    """Trials by cell, in order of first appearance."""
    found: dict[Cell, list[TrialRecord]] = {}
    for record in records:
        found.setdefault(record.cell, []).append(record)
    return found


def shown(records: Sequence[TrialRecord]) -> Shown:
    """Which trials of a cell its figures come from."""
    ok = tuple(record for record in records if record.status is Status.OK)
    invalid = tuple(record for record in records if record.status is Status.INVALID)
    worst = tuple(record for record in invalid if ok and ranks_worst(record))
    return Shown(len(ok), len(records), bool(invalid) and not ok, ok or invalid, worst)


def estimate(
    records: Iterable[TrialRecord],
    value: Callable[[TrialRecord], float | None],
    *,
    level: float = 0.95,
) -> Estimate | None:
    """A quantity of one cell over its trials; None if no trial has a value.

    Args:
        records: Trials of one cell.
        value: The quantity.
        level: Of the interval: :func:`level_of` their run.
    """
    known = [(found, r.block) for r in records if (found := value(r)) is not None]
    if not known:
        return None
    values, blocks = [found for found, _ in known], [block for _, block in known]
    middle = float(median(by_block(values, blocks)))
    interval = over_blocks(values, blocks, level=level)
    if interval is None:
        return Estimate(middle, min(values), max(values), len(values))
    return Estimate(middle, interval.low, interval.high, len(values), True, interval.level)


def level_of(sweep: Sweep) -> float:
    """The level of a run's intervals: higher where it was repeated until they were narrow."""
    return 0.95 if sweep.precision is None else SEQUENTIAL


def within_blocks(ours: Shown, theirs: Shown, quantity: Quantity) -> list[float]:
    """Ratios of a quantity of two cells, a ratio for each block in which both have it.

    Where one of them is ranked worst there, the ratio is beyond all others (:data:`BEYOND`).
    """
    known = {r.block: found for r in theirs.records if (found := quantity.value(r))}
    mine = {r.block: found for r in ours.records if (found := quantity.value(r)) is not None}
    low, high = (1 / BEYOND, BEYOND) if quantity.better is Better.LOWER else (BEYOND, 1 / BEYOND)
    return [
        *(found / known[block] for block, found in mine.items() if block in known),
        *(high for r in ours.worst if r.block in known),
        *(low for r in theirs.worst if r.block in mine),
    ]
