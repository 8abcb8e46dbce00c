"""Cells of a fleet side by side: a column per host, or per group where hosts are many. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.analysis.figure_text import FLAG
from bench.fleet.model import CellFigures, Fleet, HostRun
from bench.quantities.columns import COLUMNS, Column
from bench.spec import Cell
from bench.words.cell_text import cell_text

MOST_COLUMNS = 8
"""More hosts than this are shown as groups: nobody reads a table of two hundred columns."""
NOTHING = "-"


@dataclass(frozen=True, slots=True)
class SideBySide:
    """One quantity: a row per cell, a column per host or group."""

    title: str
    meaning: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def cells_of(hosts: Sequence[HostRun]) -> tuple[Cell, ...]:
    """Every cell that a host measured, in order of first appearance."""
    return tuple(dict.fromkeys(cell for host in hosts for cell in host.cells))


def side_by_side(fleet: Fleet, groups: Mapping[str, Sequence[HostRun]]) -> tuple[SideBySide, ...]:
    """A table per quantity that any host has."""
    cells = cells_of(fleet.hosts)
    by_host = len(fleet.hosts) <= MOST_COLUMNS
    titles = [host.name for host in fleet.hosts] if by_host else list(groups)
    found = []
    for number, column in enumerate(COLUMNS):
        rows = []
        for cell in cells:
            if by_host:
                texts = [_host_text(host.cells.get(cell), number, column) for host in fleet.hosts]
            else:
                texts = [_group_text(hosts, cell, number, column) for hosts in groups.values()]
            rows.append((cell_text(cell), *texts))
        if any(text != NOTHING for row in rows for text in row[1:]):
            found.append(SideBySide(column.title, column.meaning, tuple(titles), tuple(rows)))
    return tuple(found)


def _host_text(figures: CellFigures | None, number: int, column: Column) -> str:
    value = figures.values[number] if figures else None
    if value is None or figures is None:
        return NOTHING
    return f"{FLAG if figures.flagged else ''}{column.text(value)}"


def _group_text(hosts: Sequence[HostRun], cell: Cell, number: int, column: Column) -> str:
    """Median over hosts, range, number of hosts; invalid figures do not enter."""
    found = (host.cells[cell] for host in hosts if cell in host.cells)
    values = [v for f in found if not f.flagged and (v := f.values[number]) is not None]
    if not values:
        return NOTHING
    low, high = column.text(min(values)), column.text(max(values))
    return f"{column.text(median(values))} ({low} to {high}; {len(values)})"


def long_rows(fleet: Fleet) -> Iterator[tuple[str, ...]]:
    """Every figure in base units: host, run, cell, trials, then the columns; a title row first."""
    yield ("host", "run", "cell", "ok", "trials", "flagged", *(c.title for c in COLUMNS))
    for host in fleet.hosts:
        for cell, figures in host.cells.items():
            values = ("" if value is None else repr(value) for value in figures.values)
            counts = (str(figures.ok), str(figures.trials), str(int(figures.flagged)))
            yield (host.name, host.run_id or "", cell_text(cell), *counts, *values)
