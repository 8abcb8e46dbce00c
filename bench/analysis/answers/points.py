"""Rates of connections with a timeout, and what each engine did with them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.analysis.alternatives import same_work
from bench.analysis.cell_rows import CellRow
from bench.analysis.labels import labels
from bench.control import control_of
from bench.spec import ENGINES, Cell, Control

PROGRAM = "tcp"
"""The program that has a timer for each connection."""


@dataclass(frozen=True, slots=True)
class Point:
    """A rate of connections with a timeout, and what each engine did with it.

    Attributes:
        rows: An engine each, or several where its options differ.
        alone: The same connections without timers; None where that was not measured.
    """

    rows: tuple[CellRow, ...]
    alone: CellRow | None

    @property
    def cell(self) -> Cell:
        """The first of its cells; all have the same load and timeout."""
        return self.rows[0].cell


def is_one(cell: Cell) -> bool:
    """Whether timers of a cell are those of so many connections."""
    return cell.program == PROGRAM and bool(cell.load_hz)


def points(rows: Sequence[CellRow]) -> tuple[Point, ...]:
    """Points by timeout and rate, as axes are read; the map's size belongs to the engine."""
    groups: dict[tuple[str, Cell], list[CellRow]] = {}
    by_cell = {(row.host, row.cell): row for row in rows}
    for row in rows:
        if row.cell.control is None and is_one(row.cell) and row.shown:
            key = row.host, replace(same_work(row.cell), map_size=1)
            groups.setdefault(key, []).append(row)
    found = [
        Point(tuple(sorted(group, key=_order)), _alone(group, by_cell)) for group in groups.values()
    ]
    return tuple(sorted(found, key=_place))


def most_alive(found: Sequence[Point], most: int) -> list[Point]:
    """At most so many points in their order: those with most timers alive."""
    chosen = sorted(found, key=_alive, reverse=True)[:most]
    return [point for point in found if point in chosen]


def _place(point: Point) -> tuple[float, float]:
    return point.cell.stated_timeout_ns, point.cell.load_hz or 0.0


def _alive(point: Point) -> float:
    timeout, rate = _place(point)
    return rate * timeout


def _order(row: CellRow) -> tuple[int, str]:
    return tuple(ENGINES).index(row.cell.engine), row.text


def _alone(group: Sequence[CellRow], rows: dict[tuple[str, Cell], CellRow]) -> CellRow | None:
    wanted = ((row.host, control_of(row.cell, Control.LOAD)) for row in group)
    return next((rows[key] for key in wanted if key in rows), None)


def engine_name(row: CellRow, rows: Sequence[CellRow]) -> str:
    """Its name, with what its cell differs in from others of the same engine."""
    same = [each for each in rows if each.cell.engine == row.cell.engine]
    names = labels(same, same_point=True)
    return (
        str(row.cell.engine) if len(same) == 1 else f"{row.cell.engine}, {names[same.index(row)]}"
    )
