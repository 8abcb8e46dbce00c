"""Timers that are alive beside a cell's own, and cannot expire while it is measured."""

from __future__ import annotations

from bench.spec.cell import Cell
from bench.spec.option import Option, count
from bench.spec.values import MAX_MAP_SIZE

HELD = Option(
    "held",
    "Timers armed beforehand that cannot expire in the window, as those pushed back for ever.",
    0,
    count(0, MAX_MAP_SIZE),
    implied=True,
)


def held_of(cell: Cell) -> int:
    """How many of them a cell has."""
    return int(dict(cell.options).get(HELD.name, HELD.default))
