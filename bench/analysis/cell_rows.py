"""Records to tidy rows: one per cell and host, each quantity with its interval. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bench.analysis.estimate import Estimate, Shown, by_cell, level_of, shown
from bench.quantities.catalogue import NUMBERS
from bench.quantities.own import own_quantities
from bench.quantities.quantity import Quantity
from bench.record import TrialRecord
from bench.spec import Axis, Cell
from bench.store.run import Run
from bench.words.axes import LOAD, OTHERS, cell_order, point_text, varies
from bench.words.cells import map_text


@dataclass(frozen=True, slots=True)
class CellRow:
    """One cell on one host.

    Attributes:
        host: Name of the run it is from; empty if the page has only one.
        ok: Trials with status ``ok``; ``trials``: all that have a record.
        flagged: The figures come from invalid trials, because no trial was ``ok``.
        shown: The records that the figures come from; ``worst`` are ranked worst beside them.
        estimates: By key of the quantity; those without a value are left out.
        own: Quantities that its program or engine measured itself, among the estimates.
        circumstances: Load, and whatever else differs between cells of the program.
        called: The map of a recording, of which nobody chose the axes; else empty.
    """

    host: str
    cell: Cell
    ok: int
    trials: int
    flagged: bool
    shown: tuple[TrialRecord, ...]
    estimates: Mapping[str, Estimate]
    own: tuple[Quantity, ...] = ()
    circumstances: str = ""
    called: str = ""
    worst: tuple[TrialRecord, ...] = ()

    def get(self, quantity: Quantity) -> Estimate | None:
        """The estimate of a quantity, None if no trial has a value."""
        return self.estimates.get(quantity.key)

    @property
    def counted(self) -> Shown:
        """Its trials as far as they count."""
        return Shown(self.ok, self.trials, self.flagged, self.shown, self.worst)

    @property
    def text(self) -> str:
        """The cell on one line, as far as the page's cells differ."""
        what = f"{self._program} {point_text(self.cell)}".rstrip()
        return self.called or f"{what}, {self.circumstances}"

    @property
    def slice_text(self) -> str:
        """The same without map size and timeout; equal for rows that differ in these only."""
        return f"{self._program}, {self.circumstances}"

    @property
    def _program(self) -> str:
        return f"{self.host}: {self.cell.program}" if self.host else self.cell.program


def cell_rows(runs: Sequence[Run]) -> tuple[CellRow, ...]:
    """Rows of all runs: by program, load, other axes, then map size and timeout."""
    several = len(runs) > 1
    rows = [row for s in runs for row in _rows(s.name if several else "", s)]
    by_program: dict[str, list[CellRow]] = {}
    for row in rows:
        by_program.setdefault(row.cell.program, []).append(row)
    named = [row for group in by_program.values() for row in _named(group)]
    return tuple(sorted(named, key=_order))


Names = Mapping[tuple[str, Cell], str]
"""What a page calls each cell, by host and cell; the host is empty if there is one run."""


def names_of(rows: Iterable[CellRow]) -> Names:
    """One name for all tables and charts."""
    return {(row.host, row.cell): row.text for row in rows}


def _named(rows: Sequence[CellRow]) -> list[CellRow]:
    axes = differing_axes(rows)
    return [replace(row, circumstances=_circumstances(row.cell, axes)) for row in rows]


def differing_axes(rows: Sequence[CellRow]) -> list[Axis]:
    """Axes on which plain cells differ; a control says itself what it changes."""
    cells = [row.cell for row in rows if row.cell.control is None]
    return [axis for axis in OTHERS if axis.field == "control" or varies(axis, cells)]


def _circumstances(cell: Cell, axes: Sequence[Axis]) -> str:
    words = [f"{axis.title} {axis.of(cell)}" for axis in axes if axis.of(cell) != "-"]
    return ", ".join([f"load {LOAD.of(cell)}", *words])


def _rows(host: str, run: Run) -> list[CellRow]:
    level = level_of(run.header.sweep)
    rows = [_row(host, cell, group, level) for cell, group in by_cell(run.records).items()]
    if run.header.recording is None:
        return rows
    return [replace(row, called=map_text(row.cell, host)) for row in rows]


def _row(host: str, cell: Cell, records: Sequence[TrialRecord], level: float) -> CellRow:
    found = shown(records)
    own = tuple(own_quantities(found.records))
    estimates = {q.key: found.estimate(q, level=level) for q in (*NUMBERS, *own)}
    return CellRow(
        host=host,
        cell=cell,
        ok=found.ok,
        trials=found.trials,
        flagged=found.flagged,
        shown=found.records,
        estimates={key: known for key, known in estimates.items() if known},
        own=own,
        worst=found.worst,
    )


def _order(row: CellRow) -> tuple[object, ...]:
    program, load, *others = cell_order(row.cell)
    return program, _last(load), row.host, others


def _last(load: object) -> tuple[bool, object]:
    """A closed loop, which has no rate, after all rates."""
    return load == (0,), load


def rows_with(rows: Iterable[CellRow], quantity: Quantity) -> list[tuple[CellRow, Estimate]]:
    """Rows that have a quantity, with its estimate, lowest first."""
    found = [(row, estimate) for row in rows if (estimate := row.get(quantity))]
    return sorted(found, key=lambda pair: pair[1].median)
