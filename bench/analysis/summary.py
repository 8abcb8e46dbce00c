"""Records to tables: a row for each cell, a figure with its interval for each quantity. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.analysis.estimate import Estimate, by_cell, shown
from bench.programs.external import External
from bench.quantities.catalogue import TABLE
from bench.quantities.quantity import Quantity
from bench.record import TrialRecord
from bench.spec import Axis, Cell
from bench.spec.external import EXTERNAL
from bench.words.axes import LOAD, MAP_SIZE, OTHERS, TIMEOUT, cell_order, varies

UNSTATED = frozenset(External.unused_axes)


@dataclass(frozen=True, slots=True)
class TableRow:
    """One cell of a sweep.

    Attributes:
        axes: Text by axis of the table.
        ok: Trials with status ``ok``; ``trials``: all that have a record.
        flagged: The figures come from invalid trials, because no trial was ``ok``.
        figures: By quantity; None where no trial has a value.
    """

    axes: tuple[str, ...]
    ok: int
    trials: int
    flagged: bool
    figures: tuple[Estimate | None, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """All cells of one program.

    Attributes:
        fixed: Title and value of what does not vary.
        quantities: What the figures of the rows are.
    """

    program: str
    axes: tuple[str, ...]
    fixed: tuple[tuple[str, str], ...]
    rows: tuple[TableRow, ...]
    quantities: tuple[Quantity, ...] = TABLE


def plain(records: Iterable[TrialRecord]) -> list[TrialRecord]:
    """Those of cells that are no controls."""
    return [record for record in records if record.cell.control is None]


def summarise(
    records: Iterable[TrialRecord],
    quantities: tuple[Quantity, ...] = TABLE,
    *,
    level: float = 0.95,
) -> tuple[Table, ...]:
    """One table per program, in order of first appearance; ``level`` is that of intervals."""
    by_program: dict[str, list[TrialRecord]] = {}
    for record in records:
        by_program.setdefault(record.cell.program, []).append(record)
    return tuple(_table(program, group, quantities, level) for program, group in by_program.items())


def _table(
    program: str, records: Sequence[TrialRecord], quantities: tuple[Quantity, ...], level: float
) -> Table:
    groups = by_cell(records)
    cells = sorted(groups, key=_order)
    optional = (LOAD, *OTHERS)
    axes = (MAP_SIZE, TIMEOUT, *(axis for axis in optional if varies(axis, cells)))
    return Table(
        program=program,
        axes=tuple(axis.title for axis in axes),
        fixed=tuple(_fixed(axis, cells) for axis in optional if _is_fixed(axis, cells)),
        rows=tuple(_row(cell, axes, groups[cell], quantities, level) for cell in cells),
        quantities=quantities,
    )


def _order(cell: Cell) -> tuple[object, ...]:
    closed = cell.load_hz is None
    return cell.map_size or 0, cell.timeout_ns or 0, closed, cell.load_hz or 0, cell_order(cell)


def _is_fixed(axis: Axis, cells: Sequence[Cell]) -> bool:
    # What somebody else's program has on its own axes is not stated, so it is no value to show.
    known = [cell for cell in cells if cell.program != EXTERNAL or axis.key not in UNSTATED]
    return not varies(axis, cells) and any(axis.of(cell) != "-" for cell in known)


def _fixed(axis: Axis, cells: Sequence[Cell]) -> tuple[str, str]:
    return axis.title, next(axis.of(cell) for cell in cells if axis.of(cell) != "-")


def _row(
    cell: Cell,
    axes: Sequence[Axis],
    records: Sequence[TrialRecord],
    quantities: Sequence[Quantity],
    level: float,
) -> TableRow:
    found = shown(records)
    return TableRow(
        axes=tuple(axis.of(cell) for axis in axes),
        ok=found.ok,
        trials=found.trials,
        flagged=found.flagged,
        figures=tuple(found.estimate(quantity, level=level) for quantity in quantities),
    )
