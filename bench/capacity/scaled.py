"""What grows with the rate: one axis of a cell. A new program needs no line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bench.errors import UsageError, quoted
from bench.programs.registry import find
from bench.spec import Cell
from bench.units import NS_PER_S, exact_duration

MAP_SIZE, LOAD = "map_size", "load"
PROBE_HZ = 1_000_000.0


@dataclass(frozen=True, slots=True)
class Scaled:
    """One axis as a function of a rate.

    Attributes:
        axis: ``map_size``, ``load``, or an option of the program.
        what: What the rate counts, for people.
        cell: The cell at a rate, Hz.
        step_hz: The rate that one more of the axis adds: there is none in between.
    """

    axis: str
    what: str
    cell: Callable[[float], Cell]
    step_hz: float = 1.0


def scaled(cell: Cell, axis: str | None = None) -> Scaled:
    """How to give a cell a rate.

    Args:
        cell: With every axis but the one that is scaled.
        axis: None = what suits the program: connections if it needs them, else packets or
            another rate of its own, else timers.

    Raises:
        UsageError: The program has no such axis.
    """
    axis = axis or _natural_axis(cell)
    if axis == MAP_SIZE:
        _check_timers(cell)
        timeout = exact_duration(cell.stated_timeout_ns)
        what = f"callbacks/s (timers at {timeout})"
        return Scaled(axis, what, lambda hz: _timers(cell, hz), NS_PER_S / cell.stated_timeout_ns)
    if axis == LOAD:
        return Scaled(axis, "connections/s", lambda hz: replace(cell, load_hz=round(hz)))
    if axis not in _rates(cell):
        allowed = ", ".join((MAP_SIZE, LOAD, *_rates(cell)))
        raise UsageError(
            f"--scale {quoted(axis)} is not allowed", remedy=f"Choose one of: {allowed}"
        )
    what = f"{axis.removesuffix('_hz')}/s"
    return Scaled(axis, what, lambda hz: _with_option(cell, axis, round(hz)))


def _natural_axis(cell: Cell) -> str:
    if find(cell.program).needs_load:
        return LOAD
    rates = _rates(cell)
    return "packets_hz" if "packets_hz" in rates else next(iter(rates), MAP_SIZE)


def _rates(cell: Cell) -> list[str]:
    """The program's own axes that are rates."""
    return [option.name for option in find(cell.program).options if option.name.endswith("_hz")]


def _check_timers(cell: Cell) -> None:
    """Refuse programs whose number of callbacks is not that of their entries."""
    program = find(cell.program)
    offered = None
    if MAP_SIZE not in program.unused_axes:
        offered = program.offered_hz(program.normalise(_timers(cell, PROBE_HZ)), 0.0)
    if offered is None or abs(offered - PROBE_HZ) > 0.01 * PROBE_HZ:
        raise UsageError(
            f"program {cell.program} has no rate that grows with map_size",
            remedy="Give --scale, or another program",
        )


def _timers(cell: Cell, hz: float) -> Cell:
    return replace(cell, map_size=max(round(hz * cell.stated_timeout_ns / NS_PER_S), 1))


def _with_option(cell: Cell, name: str, value: int) -> Cell:
    return replace(cell, options=tuple(sorted({**dict(cell.options), name: value}.items())))
