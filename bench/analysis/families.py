"""Families: cells that differ in nothing but what sets the rate of their callbacks. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bench.analysis.estimate import load_counts
from bench.programs.registry import PROGRAMS
from bench.record import TrialRecord
from bench.spec import Axis, Cell, Options
from bench.words.axes import LOAD, OPTIONS, OTHERS, options_text, point_text, varies

RATE_ENDING = "_hz"
"""Ending of a program's own axes that are rates."""


class RateFrom(StrEnum):
    """What sets the rate: timers and their timeout, the load, or an axis of the program."""

    TIMERS = "timers"
    LOAD = "load"
    OPTION = "option"


@dataclass(frozen=True, slots=True)
class Family:
    """Trials of cells that differ in their rate only.

    Attributes:
        cell: One of the cells, the first measured.
        records: Those that are ``ok`` or fell short of their load only, no controls among
            them: beyond a knee the load is what gives way.
    """

    cell: Cell
    rate_from: RateFrom
    records: tuple[TrialRecord, ...]


def rate_from(cell: Cell) -> RateFrom:
    """What sets the rate of a cell's callbacks; a program unknown here is taken for timers'."""
    program = PROGRAMS.get(cell.program)
    if program and program.needs_load:
        return RateFrom.LOAD
    if any(name.endswith(RATE_ENDING) for name, _ in cell.options):
        return RateFrom.OPTION
    return RateFrom.TIMERS


def families(records: Iterable[TrialRecord]) -> tuple[Family, ...]:
    """Families in order of first appearance; also those of a single cell."""
    groups: dict[Cell, list[TrialRecord]] = {}
    for record in records:
        if load_counts(record) and record.cell.control is None:
            groups.setdefault(_alike(record.cell), []).append(record)
    return tuple(
        Family(group[0].cell, rate_from(group[0].cell), tuple(group)) for group in groups.values()
    )


def _alike(cell: Cell) -> Cell:
    """The same for all cells of a family."""
    kind = rate_from(cell)
    if kind is RateFrom.LOAD:
        return replace(cell, load_hz=1)
    if kind is RateFrom.OPTION:
        return replace(cell, options=_without_rates(cell.options))
    return replace(cell, map_size=1, timeout_ns=1)


def _without_rates(options: Options) -> Options:
    return tuple((name, value) for name, value in options if not name.endswith(RATE_ENDING))


def namer(cells: Sequence[Cell]) -> Callable[[Cell], str]:
    """Names families by what their cells share, as far as these cells differ in it."""
    axes = [axis for axis in OTHERS if varies(axis, cells)]
    return lambda cell: _name(cell, axes)


def _name(cell: Cell, axes: Iterable[Axis]) -> str:
    kind = rate_from(cell)
    words = [cell.program if kind is RateFrom.TIMERS else f"{cell.program} {point_text(cell)}"]
    if kind is not RateFrom.LOAD:
        words.append(f"load {LOAD.of(cell)}")
    words += [f"{axis.title} {_value(axis, cell)}" for axis in axes]
    return ", ".join(words)


def _value(axis: Axis, cell: Cell) -> str:
    return options_text(_without_rates(cell.options)) if axis is OPTIONS else axis.of(cell)
