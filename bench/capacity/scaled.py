"""What grows with the rate: one axis of a cell. A new program needs no line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bench.errors import UsageError
from bench.programs.registry import find
from bench.spec import Cell
from bench.units import NS_PER_S, exact_duration

MAP_SIZE, LOAD = "map_size", "load"


@dataclass(frozen=True, slots=True)
class Scaled:
    """One axis as a function of a rate.

    Attributes:
        axis: ``map_size``, ``load``, or an option of the program.
        what: What the rate counts, for people.
        cell: The cell at a rate, Hz.
    """

    axis: str
    what: str
    cell: Callable[[float], Cell]


def scaled(cell: Cell, axis: str | None = None) -> Scaled:
    """How to give a cell a rate.

    Args:
        cell: With every axis but the one that is scaled.
        axis: None = what suits the program: connections if it needs them, else packets if it
            has ``packets_hz``, else timers.

    Raises:
        UsageError: The program has no such axis.
    """
    axis = axis or _natural_axis(cell)
    if axis == MAP_SIZE:
        timeout = exact_duration(cell.timeout_ns)
        return Scaled(axis, f"callbacks/s (timers at {timeout})", lambda hz: _timers(cell, hz))
    if axis == LOAD:
        return Scaled(axis, "connections/s", lambda hz: replace(cell, load_hz=round(hz)))
    known = [option.name for option in find(cell.program).options if option.name.endswith("_hz")]
    if axis not in known:
        allowed = ", ".join((MAP_SIZE, LOAD, *known))
        raise UsageError(f"--scale {axis!r} is not allowed", remedy=f"Choose one of: {allowed}")
    what = f"{axis.removesuffix('_hz')}/s"
    return Scaled(axis, what, lambda hz: _with_option(cell, axis, round(hz)))


def _natural_axis(cell: Cell) -> str:
    program = find(cell.program)
    if program.needs_load:
        return LOAD
    names = {option.name for option in program.options}
    return "packets_hz" if "packets_hz" in names else MAP_SIZE


def _timers(cell: Cell, hz: float) -> Cell:
    return replace(cell, map_size=max(round(hz * cell.timeout_ns / NS_PER_S), 1))


def _with_option(cell: Cell, name: str, value: int) -> Cell:
    return replace(cell, options=tuple(sorted({**dict(cell.options), name: value}.items())))
