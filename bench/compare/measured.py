"""From the trials of two runs to a comparison per cell and metric, before any verdict. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from bench.compare.cells import by_cell
from bench.compare.trials import Side, sides
from bench.compare.verdict import Comparison, Settings, judged
from bench.quantities.catalogue import COMPARED
from bench.quantities.own import own_durations
from bench.quantities.primary import primary_of
from bench.quantities.quantity import Quantity
from bench.record import Status, TrialRecord
from bench.spec import Cell
from bench.stats.blocked import Block, p_beyond, p_equivalent, shift, smallest_p, upper_bound
from bench.stats.bootstrap import Interval
from bench.stats.fisher import p_more

Records = tuple[Sequence[TrialRecord], Sequence[TrialRecord]]
"""Trials of one host in both runs: ``base``, ``new``."""
NO_RATIO = "a value of zero has no ratio"


def compare(
    base: Sequence[TrialRecord],
    new: Sequence[TrialRecord],
    settings: Settings,
    without: Container[str] = (),
) -> list[Comparison]:
    """Every metric of every cell that both runs measured, in the order of ``base``.

    Of secondary metrics only ``ok`` trials count, and a cell that has some in one run only gets no
    verdict. Controls are not compared: they say what a run's own cells mean, and would only add to
    the number of comparisons that is corrected for. Metrics whose keys are in ``without`` are left
    out.
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
    found: list[Comparison] = []
    for cell, records in both.items():
        primary = primary_of([r for base, _ in records for r in base], without)
        for metric in metrics:
            decide = _primary if metric is primary else _secondary
            raw = decide(cell, metric, records, settings)
            found += [raw] if raw else []
    return found


def _secondary(
    cell: Cell, metric: Quantity, blocks: Sequence[Records], settings: Settings
) -> Comparison | None:
    known = [(_values(metric, base), _values(metric, new)) for base, new in blocks]
    if not any(ours or theirs for ours, theirs in known):
        return None
    raw = _shown(cell, metric, known)
    # A block that has a value on one side only can be compared with nothing.
    whole = [(ours, theirs) for ours, theirs in known if ours and theirs]
    if not whole:
        return replace(raw, why=f"no trial that counts in {'NEW' if raw.base_trials else 'BASE'}")
    found = _placed(metric, whole)
    return tested(raw, found, settings) if found else replace(raw, why=NO_RATIO)


def _values(metric: Quantity, records: Sequence[TrialRecord]) -> list[float]:
    ok = (metric.value(record) for record in records if record.status is Status.OK)
    return [value for value in ok if value is not None]


def _primary(
    cell: Cell, metric: Quantity, blocks: Sequence[Records], settings: Settings
) -> Comparison:
    """Trials that the timers spoilt rank worst; those of which nothing is known do in the bound."""
    pairs = [sides(metric, base, new) for base, new in blocks]
    pair = _together([base for base, _ in pairs]), _together([new for _, new in pairs])
    raw = replace(
        _shown(cell, metric, [(base.values, new.values) for base, new in pairs]),
        primary=True,
        bound=np.inf,
        sides=pair,
        p_effects=_p_effects(*pair),
    )
    whole = [(base, new) for base, new in pairs if base.judged and new.judged]
    if not whole:
        return replace(raw, why=f"no trial that counts in {'BASE' if pair[1].judged else 'NEW'}")
    placed = _placed(metric, [(base.values, new.values) for base, new in whole])
    if not placed:
        return replace(raw, why=NO_RATIO)
    ranked = [
        (_worst(ours, base.effects), _worst(theirs, new.effects))
        for (ours, theirs), (base, new) in zip(placed, whole, strict=True)
    ]
    feared = [(o, _worst(n, new.unknown)) for (o, n), (_, new) in zip(ranked, whole, strict=True)]
    bound = metric.change(upper_bound(feared, level=1 - settings.alpha))
    return replace(tested(raw, ranked, settings), bound=bound)


def _worst(places: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.float64]:
    return np.concatenate([places, np.full(count, np.inf)])


def _p_effects(base: Side, new: Side) -> float | None:
    if not (base.judged and new.judged):
        return None
    return p_more(base.effects, base.judged, new.effects, new.judged)


def _together(parts: Sequence[Side]) -> Side:
    return Side(
        values=tuple(value for part in parts for value in part.values),
        effects=sum(part.effects for part in parts),
        unknown=sum(part.unknown for part in parts),
        dropped=sum(part.dropped for part in parts),
        codes=tuple(dict.fromkeys(code for part in parts for code in part.codes)),
    )


Values = tuple[Sequence[float], Sequence[float]]


def _shown(cell: Cell, metric: Quantity, known: Sequence[Values]) -> Comparison:
    """Medians and numbers of trials, of the blocks that have both sides if any has."""
    shown = [(ours, theirs) for ours, theirs in known if ours and theirs] or known
    return Comparison(
        cell=cell,
        metric=metric,
        base=_middle([ours for ours, _ in shown]),
        new=_middle([theirs for _, theirs in shown]),
        base_trials=sum(len(ours) for ours, _ in shown),
        new_trials=sum(len(theirs) for _, theirs in shown),
    )


def _middle(blocks: Iterable[Sequence[float]]) -> float | None:
    """Median over blocks of the medians of their trials."""
    medians = [float(np.median(values)) for values in blocks if values]
    return float(np.median(medians)) if medians else None


def _placed(metric: Quantity, blocks: Sequence[Values]) -> list[Block]:
    """The values on the axis of differences; empty if any has no place there."""
    found = [(_places(metric, ours), _places(metric, theirs)) for ours, theirs in blocks]
    tested = [(base, new) for base, new in found if base is not None and new is not None]
    return tested if len(tested) == len(found) else []


def _places(metric: Quantity, values: Sequence[float]) -> npt.NDArray[np.float64] | None:
    places = [place for value in values if (place := metric.place(value)) is not None]
    return np.array(places) if len(places) == len(values) else None


def tested(raw: Comparison, blocks: Sequence[Block], settings: Settings) -> Comparison:
    """The comparison with what its blocks say, on the metric's axis of differences."""
    metric, margin = raw.metric, settings.margin(raw.metric)
    # The answer is about one direction: it shares its error rate with no other.
    sides_tested = 1 if raw.primary else 2
    seen = shift(blocks, level=settings.level)
    interval = seen.interval and Interval(
        metric.change(seen.interval.low),
        metric.change(seen.interval.high),
        seen.interval.level,
    )
    return replace(
        raw,
        change=metric.change(seen.estimate),
        interval=interval,
        p=p_beyond(blocks, margin, sides=sides_tested),
        p_same=p_equivalent(blocks, margin),
        least_p=smallest_p(blocks, sides=sides_tested),
    )
