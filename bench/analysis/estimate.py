"""From the trials of a cell to one figure with its interval, or its range. Pure.

One definition for every output. The trial is the unit of replication: a figure is the median of
the trials' own figures, never a percentile of pooled callbacks. Where several trials share a
block, blocks are the unit. Only ``ok`` trials count; where a cell has none, its ``invalid``
trials are shown, flagged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.reason import Code
from bench.record import Status, TrialRecord
from bench.spec import Cell
from bench.stats.bootstrap import by_block, over_blocks


@dataclass(frozen=True, slots=True)
class Estimate:
    """One quantity of one cell, in the quantity's unit.

    Attributes:
        median: Over blocks, each reduced to the median of its trials; where each block holds
            the cell once, that is over trials.
        low: Lower end of the 95 % interval of the median; of too few blocks for one: the
            lowest trial. ``high`` likewise.
        trials: Trials that have a value.
        is_interval: Whether ``low`` and ``high`` are an interval, not only a range.
    """

    median: float
    low: float
    high: float
    trials: int
    is_interval: bool = False

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
    """

    ok: int
    trials: int
    flagged: bool
    records: tuple[TrialRecord, ...]


def is_ok(record: TrialRecord) -> bool:
    """Whether a trial counts where nothing else is said."""
    return record.status is Status.OK


def load_counts(record: TrialRecord) -> bool:
    """Whether a trial is ``ok``, or ``invalid`` only because its load fell short.

    Where the question is what timers do to the load, leaving these out would leave out the
    cells in which they do the most.
    """
    if record.status is not Status.INVALID:
        return record.status is Status.OK
    return record.codes == [Code.LOAD_SHORT]


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
    return Shown(len(ok), len(records), bool(invalid) and not ok, ok or invalid)


def estimate(
    records: Iterable[TrialRecord], value: Callable[[TrialRecord], float | None]
) -> Estimate | None:
    """A quantity of one cell over its trials; None if no trial has a value."""
    known = [(found, r.block) for r in records if (found := value(r)) is not None]
    if not known:
        return None
    values, blocks = [found for found, _ in known], [block for _, block in known]
    middle = float(median(by_block(values, blocks)))
    interval = over_blocks(values, blocks)
    if interval is None:
        return Estimate(middle, min(values), max(values), len(values))
    return Estimate(middle, interval.low, interval.high, len(values), is_interval=True)


def within_blocks(
    ours: Iterable[TrialRecord],
    theirs: Iterable[TrialRecord],
    value: Callable[[TrialRecord], float | None],
) -> list[float]:
    """Ratios of a quantity of two cells, a ratio for each block in which both have it."""
    known = {r.block: found for r in theirs if (found := value(r))}
    return [
        found / known[record.block]
        for record in ours
        if record.block in known and (found := value(record)) is not None
    ]
