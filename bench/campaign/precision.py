"""Repeats cells until their figures are precise: which trials come next. Pure.

The plan grows block by block. Each further block holds, shuffled, the cells whose interval is
still too wide, with the controls that they have in the run: a cell is compared with its
controls within a block. If the budget does not suffice for all, the widest come first. What a
block holds follows from the records of the blocks before it, so an interrupted run finds the
same plan.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import default_rng

from bench.control import controls_among
from bench.quantities.catalogue import find_compared
from bench.quantities.quantity import Quantity
from bench.record import Status, TrialRecord
from bench.spec import Cell, Sweep
from bench.stats.bootstrap import SEQUENTIAL, interval
from bench.sweep.plan import PlannedTrial, remaining, trial_seconds
from bench.units import NS_PER_S, format_percent
from bench.words.cells import cell_text
from bench.words.plurals import counted, plural


@dataclass(frozen=True, slots=True)
class CellPrecision:
    """How precise a cell's figure is.

    Attributes:
        trials: Trials that count.
        width: Half width of the 97 % interval over the median; infinite for too few trials, None
            if the cell does not have the metric.
    """

    cell: Cell
    trials: int
    width: float | None

    def wanting(self, target: float) -> bool:
        """Whether more trials would help."""
        return self.width is not None and self.width > target


def precision_of(
    cells: Iterable[Cell], records: Sequence[TrialRecord], metric: Quantity
) -> list[CellPrecision]:
    """The precision that each plain cell has reached; a control is there for its cells."""
    by_cell: dict[Cell, list[float]] = {cell: [] for cell in cells if cell.control is None}
    for record in records:
        value = metric.value(record) if record.status is Status.OK else None
        if value is not None and record.cell in by_cell:
            by_cell[record.cell].append(value)
    return [CellPrecision(cell, len(found), _width(found)) for cell, found in by_cell.items()]


def precision_lines(
    sweep: Sweep, planned: Sequence[PlannedTrial], records: Sequence[TrialRecord]
) -> Iterator[str]:
    """Which cells are as precise as asked, and which the budget left wanting."""
    assert sweep.precision is not None
    metric = find_compared(sweep.precision_metric)
    found = precision_of(dict.fromkeys(trial.cell for trial in planned), records, metric)
    wide = [item for item in found if item.wanting(sweep.precision)]
    within = sum(item.width is not None for item in found) - len(wide)
    goal = f"{format_percent(sweep.precision)} of {metric.title}"
    cells = counted(len(found), "cell")
    level = format_percent(SEQUENTIAL)
    yield f"{within} of {cells} {plural(within, 'is', 'are')} within {goal} (intervals of {level})."
    for item in wide:
        width = "too few trials" if item.width == math.inf else format_percent(item.width)
        yield f"  {width} after {counted(item.trials, 'trial')}: {cell_text(item.cell)}"


def grown(
    base: Sequence[PlannedTrial], records: Sequence[TrialRecord], sweep: Sweep, seed: int
) -> list[PlannedTrial]:
    """The plan as far as it is known: ``base``, and the blocks that its records call for.

    Args:
        base: What is measured in any case.
        records: The latest record of each trial.
        sweep: With ``precision``, ``precision_metric`` and ``budget``.
        seed: Of the run.

    Raises:
        UsageError: Unknown metric.
        BenchError: The records belong to another plan.
    """
    planned = list(base)
    if sweep.precision is None:
        return planned
    metric = find_compared(sweep.precision_metric)
    while True:
        known = [record for record in records if record.trial <= len(planned)]
        if remaining(planned, known):
            return planned
        cells = _next_cells(planned, known, sweep, metric)
        if not cells:
            return planned
        planned += _block(cells, planned, seed)


def _width(values: Sequence[float]) -> float | None:
    if not values:
        return None
    found, middle = interval(values, level=SEQUENTIAL), float(np.median(values))
    if found is None:
        return math.inf
    if found.half_width == 0:
        return 0.0
    return found.half_width / abs(middle) if middle else math.inf


def _next_cells(
    planned: Sequence[PlannedTrial], records: Sequence[TrialRecord], sweep: Sweep, metric: Quantity
) -> list[Cell]:
    """Cells that are not precise yet, widest first, and their controls, within the budget."""
    assert sweep.precision is not None
    cells = tuple(dict.fromkeys(trial.cell for trial in planned))
    found = precision_of(cells, records, metric)
    wanting = [item for item in found if item.wanting(sweep.precision)]
    left_s = sweep.budget / NS_PER_S - sum(_spent_s(record, sweep) for record in records)
    chosen: dict[Cell, None] = {}
    for item in sorted(wanting, key=lambda item: -(item.width or 0.0)):
        together = (item.cell, *controls_among(cells, item.cell))
        more = [cell for cell in together if cell not in chosen]
        left_s -= sum(trial_seconds(cell, sweep) for cell in more)
        if left_s < 0:
            break
        chosen.update(dict.fromkeys(more))
    return list(chosen)


def _spent_s(record: TrialRecord, sweep: Sweep) -> float:
    if record.cost is None:  # A failed trial does not say how long it took.
        return trial_seconds(record.cell, sweep)
    return sum(record.cost.timeline_ns.values()) / NS_PER_S


def _block(cells: Sequence[Cell], planned: Sequence[PlannedTrial], seed: int) -> list[PlannedTrial]:
    number = max(trial.block for trial in planned) + 1
    order = default_rng([seed, number]).permutation(len(cells))
    first = len(planned) + 1
    return [
        PlannedTrial(trial=first + place, block=number, cell=cells[index])
        for place, index in enumerate(order)
    ]
