"""Cells of two runs: which trials belong together, and what only one run has. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bench.programs.registry import PROGRAMS
from bench.record import Status, TrialRecord
from bench.spec import Cell


def unmatched(base: Sequence[TrialRecord], new: Sequence[TrialRecord]) -> tuple[list[Cell], ...]:
    """Cells of ``base`` that ``new`` does not have, and the other way round."""
    ours, theirs = by_cell(base), by_cell(new)
    return [c for c in ours if c not in theirs], [c for c in theirs if c not in ours]


def as_in(base: Sequence[TrialRecord], new: Sequence[TrialRecord]) -> list[TrialRecord]:
    """Records of ``new`` with the map size of ``base`` where not the user, but the host chose it.

    A timer on each CPU is the same cell on a host with more of them.
    """
    sizes = {r.cell.program: r.cell.map_size for r in base if _sized_by_host(r.cell)}
    return [
        replace(record, cell=replace(record.cell, map_size=sizes[record.cell.program]))
        if _sized_by_host(record.cell) and record.cell.program in sizes
        else record
        for record in new
    ]


def _sized_by_host(cell: Cell) -> bool:
    program = PROGRAMS.get(cell.program)
    return program is not None and "map_size" in program.unused_axes and cell.control is None


def by_cell(records: Iterable[TrialRecord]) -> dict[Cell, list[TrialRecord]]:
    """Trials by cell, with axes filled in as the cell's program does; controls are left out."""
    found: dict[Cell, list[TrialRecord]] = {}
    for record in records:
        if record.cell.control is None:
            found.setdefault(_complete(record.cell), []).append(record)
    return found


def lost(base: Sequence[TrialRecord], new: Sequence[TrialRecord]) -> list[Cell]:
    """Cells that have ``ok`` trials in ``base`` and none in ``new``, if they were tried there."""
    ours, theirs = by_cell(base), by_cell(new)
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
