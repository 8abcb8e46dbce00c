"""What an engine cannot do, refused by name."""

from __future__ import annotations

from bench.errors import UsageError
from bench.programs.fitting import default_of
from bench.spec import Cell
from bench.units import exact_duration


def check_engine(cell: Cell) -> None:
    """Refuse a cell that its engine cannot serve.

    Raises:
        UsageError: Naming the axis and what is allowed.
    """
    engine, facts = cell.engine, cell.engine.facts
    if facts.map_type not in (None, cell.map_type):
        problem = f"engine {engine} cannot use map type {cell.map_type}"
        raise UsageError(problem, remedy=f"Add --map-type {facts.map_type}")
    wrong = [axis for axis in facts.default_axes if getattr(cell, axis) != default_of(axis)]
    if wrong:
        raise UsageError(
            f"engine {engine} has nothing like {', '.join(wrong)} of this cell",
            remedy="Leave these axes at their defaults",
        )
    if cell.clock not in facts.clocks:
        problem = f"engine {engine} cannot use clock {cell.clock}"
        raise UsageError(problem, remedy=f"Choose one of: {', '.join(facts.clocks)}")
    if cell.timeout_ns is not None and cell.timeout_ns < facts.shortest_ns:
        raise UsageError(
            f"engine {engine} cannot keep {exact_duration(cell.timeout_ns)} as a timeout",
            remedy=f"Use a timeout of {exact_duration(facts.shortest_ns)} or more",
        )
