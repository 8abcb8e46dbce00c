"""Kernels, or settings of boot, compared over several boots of each. Pure.

A kernel is confounded with its boot: medians of a cell differ by about a quarter between boots of
one kernel, and more trials of a boot only make that difference surer. So the boot is the unit here.
Each is reduced to the median of its trials, by cell. Few boots decide little: below four of each
nothing is said of the kernel; from four on one summary over all cells is judged; from eight on
every cell is.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bench.compare.answer import Answer, Undecided, answer
from bench.compare.boot_test import Values, compared
from bench.compare.cells import by_cell
from bench.compare.comparable import (
    Across,
    Difference,
    check_comparable,
    differences,
    refuse_mixed,
    refuse_recordings,
)
from bench.compare.power import detectable
from bench.compare.trials import sides
from bench.compare.verdict import Comparison, Settings, judged
from bench.errors import BenchError
from bench.quantities.primary import PRIMARY_LATENESS, measures_none, primary_of
from bench.quantities.quantity import Quantity
from bench.record import TrialRecord
from bench.spec import Cell
from bench.stats.ranks import Floats
from bench.store.run import Run
from bench.words.plurals import counted

FEWEST = 4
"""Boots of each below which nothing is said of the kernel."""
SINGLE = 8
"""Boots of each from which single cells are judged."""
SPREAD = 0.20
"""Of the logarithm of a cell's median between boots of the reference machine, where these boots are
too few to show their own."""

Boots = list[list[TrialRecord]]
"""Trials of each boot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BootsResult:
    """Several runs of each side compared.

    Attributes:
        base: Ids of its runs; ``new`` likewise.
        boots: How many each side has.
        summary: All cells together, each boot as one value; None for too few boots.
        comparisons: Single cells; none for too few boots.
        detectable: Factor that so many boots could tell from chance in four of five cases.
        subject: Differences that are what is compared; ``forced`` those that were overruled.
    """

    base: Sequence[str]
    new: Sequence[str]
    boots: tuple[int, int]
    settings: Settings
    summary: Comparison | None
    comparisons: Sequence[Comparison]
    detectable: float
    answer: Answer
    subject: Sequence[Difference] = ()
    forced: Sequence[Difference] = ()


def compare_boots(
    base: Sequence[Run],
    new: Sequence[Run],
    settings: Settings,
    *,
    across: Collection[Across] = (),
    force: bool = False,
) -> BootsResult:
    """Compare the boots of some runs.

    Raises:
        UsageError: Runs differ in what matters, and neither ``across`` nor ``force`` permits it.
        BenchError: The boot of a run is unknown.
    """
    subject, forced = _checked(base, new, across, force=force)
    ours, theirs = boots_of(base), boots_of(new)
    values = _values(ours, theirs)
    sizes = len(ours), len(theirs)
    whole = _summary(values, settings) if min(sizes) >= FEWEST and values else None
    single = _single(values, settings) if min(sizes) >= SINGLE else []
    return BootsResult(
        base=[run.header.run_id for run in base],
        new=[run.header.run_id for run in new],
        boots=sizes,
        settings=settings,
        summary=whole,
        comparisons=single,
        detectable=_detectable(values, sizes, settings),
        answer=_answer([*base, *new], ours, theirs, single or ([whole] if whole else []), settings),
        subject=subject,
        forced=forced,
    )


def boots_of(runs: Sequence[Run]) -> Boots:
    """Trials by boot: several runs of a boot are one.

    Raises:
        BenchError: The boot of a run is unknown.
    """
    found: dict[str, list[TrialRecord]] = {}
    for run in runs:
        if run.header.boot_id is None:
            raise BenchError(
                f"{run.header.run_id} does not say of which boot it is",
                remedy="Measure it again, in one boot: runs of format 1 do not say it",
            )
        found.setdefault(run.header.boot_id, []).extend(run.records)
    return list(found.values())


def _checked(
    base: Sequence[Run], new: Sequence[Run], across: Collection[Across], *, force: bool
) -> tuple[list[Difference], list[Difference]]:
    """Runs of one side must not differ at all; what both sides differ in is the subject."""
    headers = [run.header for run in (*base, *new)]
    refuse_recordings(headers)
    refuse_mixed(headers)
    first = base[0].header
    for run in base[1:]:
        check_comparable(differences(first, run.header), force=force)
    for run in new[1:]:
        check_comparable(differences(new[0].header, run.header), force=force)
    found = differences(first, new[0].header)
    check_comparable(found, across=across, force=force)
    return [d for d in found if d.group in across], [d for d in found if d.group not in across]


def _values(base: Boots, new: Boots) -> Values:
    """Of cells that every boot has, and whose trials say something in each."""
    known = [by_cell(records) for records in (*base, *new)]
    found: dict[Cell, tuple[Quantity, Floats, Floats]] = {}
    for cell in known[0]:
        if not all(cell in each for each in known):
            continue
        metric = primary_of([r for each in known[: len(base)] for r in each[cell]])
        places = [_place(metric, each[cell]) for each in known] if metric else [None]
        if metric and all(place is not None for place in places):
            whole = np.array(places, dtype=np.float64)
            found[cell] = metric, whole[: len(base)], whole[len(base) :]
    return found


def _place(metric: Quantity, records: Sequence[TrialRecord]) -> float | None:
    """Of a boot's median; trials that the timers spoilt rank worst. None if no trial counts."""
    side, _ = sides(metric, records, [])
    places = [place for value in side.values if (place := metric.place(value)) is not None]
    ranked = [*places, *[math.inf] * side.effects]
    return float(np.median(ranked)) if places else None


def _single(values: Values, settings: Settings) -> list[Comparison]:
    return judged(compared(values, settings), settings)


def _summary(values: Values, settings: Settings) -> Comparison:
    """Each boot as the median of its cells, each relative to the median of all boots."""
    parts = [_relative(base, new) for _, base, new in values.values()]
    base = np.median([ours for ours, _ in parts], axis=0)
    new = np.median([theirs for _, theirs in parts], axis=0)
    cell = next(iter(values))
    whole: Values = {cell: (PRIMARY_LATENESS, base, new)}
    (found,) = judged(compared(whole, settings), settings)
    return replace(found, base=None, new=None)


def _relative(base: Floats, new: Floats) -> tuple[Floats, Floats]:
    both = np.concatenate([base, new])
    middle = float(np.median(both[np.isfinite(both)])) if np.isfinite(both).any() else 0.0
    return base - middle, new - middle


def _detectable(values: Values, sizes: tuple[int, int], settings: Settings) -> float:
    """By the spread of these boots, of a cell; by that of the reference machine if they are few."""
    spreads = [
        float(np.sqrt(np.mean([np.var(side, ddof=1) for side in (base, new)])))
        for _, base, new in values.values()
        if min(sizes) >= FEWEST and np.isfinite([*base, *new]).all()
    ]
    spread = float(np.median(spreads)) if spreads else SPREAD
    return detectable(spread, *sizes, 1, settings)


def _answer(
    runs: Sequence[Run],
    base: Boots,
    new: Boots,
    judged_ones: Sequence[Comparison],
    settings: Settings,
) -> Answer:
    reasons = [f"{r.header.run_id} did not finish" for r in runs if r.header.finished is None]
    fewest = min(len(base), len(new))
    if fewest < FEWEST:
        reasons.append(
            f"not attributable to the kernel: {len(base)} and {counted(len(new), 'boot')}, of "
            f"which each side needs {FEWEST}, and {SINGLE} for single cells"
        )
    known = [by_cell(records) for records in (*base, *new)]
    cells = dict.fromkeys(cell for each in known for cell in each)
    of_base = {c: [r for each in known[: len(base)] for r in each.get(c, [])] for c in cells}
    excluded = [cell for cell in cells if measures_none(of_base[cell])]
    valued = _values(base, new)
    others = [
        Undecided(cell, "not measured in every boot, or no trial counts in one")
        for cell in cells
        if cell not in valued and cell not in excluded
    ]
    return answer(judged_ones, settings, others=others, excluded=excluded, reasons=reasons)
