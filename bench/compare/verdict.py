"""From the trials of two runs to a verdict per cell and metric."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from bench.programs.registry import PROGRAMS
from bench.quantities.catalogue import COMPARED
from bench.quantities.own import own_durations
from bench.quantities.quantity import Better, Quantity, Scale
from bench.record import Status, TrialRecord
from bench.spec import Cell
from bench.stats.bootstrap import Interval
from bench.stats.multiple import false_discovery
from bench.stats.ranks import p_beyond, p_equivalent, shift


class Verdict(StrEnum):
    """``same`` is a finding of its own; ``cannot tell`` is none."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """When a difference counts.

    Attributes:
        ratio: Relative change that matters in practice, 0.1 = 10 %.
        points: Change of a share that matters, 0.01 = one percentage point.
        alpha: Share of findings allowed to be false, over the whole comparison.
        level: Of the intervals, each on its own.
    """

    ratio: float = 0.10
    points: float = 0.01
    alpha: float = 0.05
    level: float = 0.95

    def margin(self, metric: Quantity) -> float:
        """The practical threshold on the metric's own axis."""
        return float(np.log1p(self.ratio)) if metric.scale is Scale.RATIO else self.points


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One metric of one cell in two runs.

    Attributes:
        base: Median of the trials that count; ``new`` likewise. None without any.
        base_trials: Trials that count.
        change: Of ``new`` against ``base``: relative, or in points; None without data.
        interval: Of the change; None where the trials are too few.
        p: Chance of trials as far apart as these if the change is within the threshold,
            corrected for all comparisons.
        p_same: Chance of trials as close as these if it is beyond, corrected likewise.
        why: Why it cannot be told, where that is not the trials' spread.
    """

    cell: Cell
    metric: Quantity
    base: float | None
    new: float | None
    base_trials: int
    new_trials: int
    change: float | None = None
    interval: Interval | None = None
    p: float | None = None
    p_same: float | None = None
    verdict: Verdict = Verdict.CANNOT_TELL
    why: str = ""


def compare(
    base: Sequence[TrialRecord], new: Sequence[TrialRecord], settings: Settings
) -> list[Comparison]:
    """Every metric of every cell that both runs measured, in the order of ``base``.

    Only ``ok`` trials count. A cell that has some in one run only cannot be told. Controls are
    not compared: they say what a run's own cells mean, and would only add to the number of
    comparisons that is corrected for.
    """
    ours, theirs = _by_cell(base), _by_cell(new)
    metrics = [*COMPARED, *own_durations([*base, *new])]
    found = [
        raw
        for cell in ours
        if cell in theirs
        for metric in metrics
        if (raw := _compared(cell, metric, ours[cell], theirs[cell], settings)) is not None
    ]
    return _judged(found, settings)


def unmatched(base: Sequence[TrialRecord], new: Sequence[TrialRecord]) -> tuple[list[Cell], ...]:
    """Cells of ``base`` that ``new`` does not have, and the other way round."""
    ours, theirs = _by_cell(base), _by_cell(new)
    return [c for c in ours if c not in theirs], [c for c in theirs if c not in ours]


def _by_cell(records: Iterable[TrialRecord]) -> dict[Cell, list[TrialRecord]]:
    found: dict[Cell, list[TrialRecord]] = {}
    for record in records:
        if record.cell.control is None:
            found.setdefault(_complete(record.cell), []).append(record)
    return found


def lost(base: Sequence[TrialRecord], new: Sequence[TrialRecord]) -> list[Cell]:
    """Cells that have ``ok`` trials in ``base`` and none in ``new``, if they were tried there."""
    ours, theirs = _by_cell(base), _by_cell(new)
    return [
        cell
        for cell in ours
        if _any_ok(ours[cell]) and cell in theirs and not _any_ok(theirs[cell])
    ]


def _any_ok(records: Iterable[TrialRecord]) -> bool:
    return any(record.status is Status.OK for record in records)


def _complete(cell: Cell) -> Cell:
    """The cell with axes that came later, as its program fills them in."""
    program = PROGRAMS.get(cell.program)
    return program.normalise(cell) if program else cell


def _values(metric: Quantity, records: Sequence[TrialRecord]) -> list[float]:
    ok = (metric.value(record) for record in records if record.status is Status.OK)
    return [value for value in ok if value is not None]


def _compared(
    cell: Cell,
    metric: Quantity,
    base: Sequence[TrialRecord],
    new: Sequence[TrialRecord],
    settings: Settings,
) -> Comparison | None:
    ours, theirs = _values(metric, base), _values(metric, new)
    if not ours and not theirs:
        return None
    raw = Comparison(
        cell=cell,
        metric=metric,
        base=float(np.median(ours)) if ours else None,
        new=float(np.median(theirs)) if theirs else None,
        base_trials=len(ours),
        new_trials=len(theirs),
    )
    if not ours or not theirs:
        return replace(raw, why=f"no trial that counts in {'NEW' if ours else 'BASE'}")
    before, after = _places(metric, ours), _places(metric, theirs)
    if before is None or after is None:
        return replace(raw, why="a value of zero has no ratio")
    return _tested(raw, before, after, settings)


def _places(metric: Quantity, values: Sequence[float]) -> npt.NDArray[np.float64] | None:
    places = [place for value in values if (place := metric.place(value)) is not None]
    return np.array(places) if len(places) == len(values) else None


def _tested(
    raw: Comparison,
    before: npt.NDArray[np.float64],
    after: npt.NDArray[np.float64],
    settings: Settings,
) -> Comparison:
    metric, margin = raw.metric, settings.margin(raw.metric)
    seen = shift(before, after, level=settings.level)
    interval = seen.interval and Interval(
        metric.change(seen.interval.low), metric.change(seen.interval.high)
    )
    return replace(
        raw,
        change=metric.change(seen.estimate),
        interval=interval,
        p=p_beyond(before, after, margin),
        p_same=p_equivalent(before, after, margin),
    )


def _judged(found: Sequence[Comparison], settings: Settings) -> list[Comparison]:
    """Verdicts, after both p-values are corrected for the number of comparisons."""
    tested = [item for item in found if item.p is not None and item.p_same is not None]
    p = iter(false_discovery([item.p or 0.0 for item in tested]))
    p_same = iter(false_discovery([item.p_same or 0.0 for item in tested]))
    return [
        item
        if item.p is None
        else _verdict(replace(item, p=next(p), p_same=next(p_same)), settings)
        for item in found
    ]


def _verdict(item: Comparison, settings: Settings) -> Comparison:
    assert item.p is not None and item.p_same is not None and item.change is not None
    if item.p <= settings.alpha:
        good = (item.change > 0) == (item.metric.better is Better.HIGHER)
        return replace(item, verdict=Verdict.BETTER if good else Verdict.WORSE)
    if item.p_same <= settings.alpha:
        return replace(item, verdict=Verdict.SAME)
    if item.interval is None:
        return replace(item, why="too few trials for an interval")
    return item
