"""From the trials of two runs to a verdict per cell and metric."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from bench.compare.cells import by_cell
from bench.quantities.catalogue import COMPARED
from bench.quantities.own import own_durations
from bench.quantities.quantity import Better, Quantity, Scale
from bench.record import Status, TrialRecord
from bench.spec import Cell
from bench.stats.blocked import Block, p_beyond, p_equivalent, shift, smallest_p
from bench.stats.bootstrap import Interval
from bench.stats.multiple import false_discovery


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
        why: Why there is no verdict, where that is not the trials' spread.
        least_p: The least that ``p`` could have been for so many trials, before correction.
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
    least_p: float = 1.0


Records = tuple[Sequence[TrialRecord], Sequence[TrialRecord]]
"""Trials of one host in both runs: ``base``, ``new``."""


def compare(
    base: Sequence[TrialRecord],
    new: Sequence[TrialRecord],
    settings: Settings,
    without: Container[str] = (),
) -> list[Comparison]:
    """Every metric of every cell that both runs measured, in the order of ``base``.

    Only ``ok`` trials count. A cell that has some in one run only gets no verdict. Controls are
    not compared: they say what a run's own cells mean, and would only add to the number of
    comparisons that is corrected for. Metrics whose keys are in ``without`` are left out.
    """
    return judged(measured([(base, new)], settings, without), settings)


def measured(
    blocks: Sequence[Records], settings: Settings, without: Container[str] = ()
) -> list[Comparison]:
    """The same before any verdict; trials are compared with those of their own block only."""
    known = [(by_cell(base), by_cell(new)) for base, new in blocks]
    own = own_durations([r for block in blocks for side in block for r in side])
    metrics = [metric for metric in (*COMPARED, *own) if metric.key not in without]
    both: dict[Cell, list[Records]] = {}
    for ours, theirs in known:
        for cell in ours:
            if cell in theirs:
                both.setdefault(cell, []).append((ours[cell], theirs[cell]))
    compared = (_compared(c, metric, both[c], settings) for c in both for metric in metrics)
    return [raw for raw in compared if raw is not None]


def _values(metric: Quantity, records: Sequence[TrialRecord]) -> list[float]:
    ok = (metric.value(record) for record in records if record.status is Status.OK)
    return [value for value in ok if value is not None]


def _compared(
    cell: Cell, metric: Quantity, blocks: Sequence[Records], settings: Settings
) -> Comparison | None:
    known = [(_values(metric, base), _values(metric, new)) for base, new in blocks]
    if not any(ours or theirs for ours, theirs in known):
        return None
    # A block that has a value on one side only can be compared with nothing.
    whole = [(ours, theirs) for ours, theirs in known if ours and theirs]
    shown = whole or known
    raw = Comparison(
        cell=cell,
        metric=metric,
        base=_middle([ours for ours, _ in shown]),
        new=_middle([theirs for _, theirs in shown]),
        base_trials=sum(len(ours) for ours, _ in shown),
        new_trials=sum(len(theirs) for _, theirs in shown),
    )
    if not whole:
        return replace(raw, why=f"no trial that counts in {'NEW' if raw.base_trials else 'BASE'}")
    placed = [(_places(metric, ours), _places(metric, theirs)) for ours, theirs in whole]
    tested = [(base, new) for base, new in placed if base is not None and new is not None]
    if len(tested) < len(whole):
        return replace(raw, why="a value of zero has no ratio")
    return _tested(raw, tested, settings)


def _middle(blocks: Iterable[Sequence[float]]) -> float | None:
    """Median over blocks of the medians of their trials."""
    medians = [float(np.median(values)) for values in blocks if values]
    return float(np.median(medians)) if medians else None


def _places(metric: Quantity, values: Sequence[float]) -> npt.NDArray[np.float64] | None:
    places = [place for value in values if (place := metric.place(value)) is not None]
    return np.array(places) if len(places) == len(values) else None


def _tested(raw: Comparison, blocks: Sequence[Block], settings: Settings) -> Comparison:
    metric, margin = raw.metric, settings.margin(raw.metric)
    seen = shift(blocks, level=settings.level)
    interval = seen.interval and Interval(
        metric.change(seen.interval.low), metric.change(seen.interval.high)
    )
    return replace(
        raw,
        change=metric.change(seen.estimate),
        interval=interval,
        p=p_beyond(blocks, margin),
        p_same=p_equivalent(blocks, margin),
        least_p=smallest_p(blocks),
    )


def judged(found: Sequence[Comparison], settings: Settings) -> list[Comparison]:
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
