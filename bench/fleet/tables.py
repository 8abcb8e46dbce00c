"""Cells of a fleet side by side: a column per host, or per group where hosts are many. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.analysis.figure_text import FLAG
from bench.fleet.model import CellFigures, Fleet, HostRun
from bench.quantities.catalogue import TABLE
from bench.quantities.quantity import Quantity
from bench.spec import Cell
from bench.words.cells import cell_text

MOST_COLUMNS = 8
"""More hosts than this are shown as groups: nobody reads a table of two hundred columns."""
NOTHING = "-"
SPOILT_TITLES = ("trial", "status", "cell", "why")
"""After the host, or the run."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What a host or a group has of one quantity of one cell.

    Attributes:
        spread: Of a group: the range over its hosts and their number; empty of a host.
        flagged: It comes from invalid trials only.
    """

    middle: str = NOTHING
    spread: str = ""
    value: float | None = None
    flagged: bool = False

    def __str__(self) -> str:
        """On one line: ``42µs (39µs to 47µs; 5)``."""
        return f"{self.middle} ({self.spread})" if self.spread else self.middle


@dataclass(frozen=True, slots=True)
class SideBySide:
    """One quantity: for each cell its name and a figure for each column, a host or a group."""

    title: str
    meaning: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Figure, ...]], ...]


def cells_of(hosts: Sequence[HostRun]) -> tuple[Cell, ...]:
    """Every cell that a host measured, in order of first appearance."""
    return tuple(dict.fromkeys(cell for host in hosts for cell in host.cells))


def side_by_side(fleet: Fleet, groups: Mapping[str, Sequence[HostRun]]) -> tuple[SideBySide, ...]:
    """A table per quantity that any host has."""
    cells = cells_of(fleet.hosts)
    by_host = len(fleet.hosts) <= MOST_COLUMNS
    titles = [host.name for host in fleet.hosts] if by_host else list(groups)
    found = []
    for number, column in enumerate(TABLE):
        rows = [
            tuple(_of_host(host.cells.get(cell), number, column) for host in fleet.hosts)
            if by_host
            else tuple(_of_group(hosts, cell, number, column) for hosts in groups.values())
            for cell in cells
        ]
        if any(figure.value is not None for row in rows for figure in row):
            found.append(
                SideBySide(
                    title=column.title,
                    meaning=column.meaning,
                    columns=tuple(titles),
                    rows=tuple(zip(map(cell_text, cells), rows, strict=True)),
                )
            )
    return tuple(found)


def _of_host(figures: CellFigures | None, number: int, column: Quantity) -> Figure:
    value = figures.values[number] if figures else None
    if value is None or figures is None:
        return Figure()
    text = column.text(value)
    return Figure(f"{FLAG}{text}" if figures.flagged else text, "", value, figures.flagged)


def _of_group(hosts: Sequence[HostRun], cell: Cell, number: int, column: Quantity) -> Figure:
    """Median over hosts, range, number of hosts; invalid figures do not enter."""
    found = (host.cells[cell] for host in hosts if cell in host.cells)
    values = [value for figures in found if (value := figures.counted(number)) is not None]
    if not values:
        return Figure()
    middle = float(median(values))
    low, high = column.text(min(values)), column.text(max(values))
    return Figure(column.text(middle), f"{low} to {high}; {len(values)}", middle)


def load_from(host: HostRun) -> str:
    """Where a host's load came from; nowhere before it has measured."""
    return ", ".join(host.load_hosts) or ("itself" if host.run_id else NOTHING)


def not_run(host: HostRun) -> str:
    """Planned trials without a record; of a host without a run nobody knows how many."""
    return str(host.missing) if host.run_id else NOTHING


def spoilt_rows(fleet: Fleet) -> list[tuple[str, ...]]:
    """Trials that failed or do not count, host by host, with the reason."""
    return [
        (host.name, str(each.trial), str(each.status), each.cell, each.why)
        for host in fleet.hosts
        for each in host.spoilt
    ]


def left_out(fleet: Fleet) -> list[str]:
    """A sentence for each host that has more such trials than are listed."""
    known = [(host, host.spoilt_count - len(host.spoilt)) for host in fleet.hosts]
    return [
        f"{host.name} has {more} more such {'trial' if more == 1 else 'trials'}; all are in "
        "trials.jsonl of its run."
        for host, more in known
        if more > 0
    ]


def long_rows(fleet: Fleet) -> Iterator[tuple[str, ...]]:
    """Every figure in base units: host, run, cell, trials, then the columns; a title row first."""
    yield ("host", "run", "cell", "ok", "trials", "flagged", *(c.title for c in TABLE))
    for host in fleet.hosts:
        for cell, figures in host.cells.items():
            values = ("" if value is None else repr(value) for value in figures.values)
            counts = (str(figures.ok), str(figures.trials), str(int(figures.flagged)))
            yield (host.name, host.run_id or "", cell_text(cell), *counts, *values)
