"""Axes of a cell as its program and engine make them; parts of every ``normalise``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Protocol

from bench.programs.option import complete
from bench.quantities.definitions import DEFINITIONS
from bench.record import Definitions
from bench.spec import ENGINES, Cell, Grid, Option


class HasOptions(Protocol):
    """A program, as far as its own axes go."""

    @property
    def options(self) -> tuple[Option, ...]:
        """Axes of its own."""


def definitions(programs: Iterable[HasOptions]) -> Definitions:
    """Those of this version: of all quantities and axes, the programs' own among them."""
    options = [option for engine in ENGINES.values() for option in engine.facts.options]
    options += [option for program in programs for option in program.options]
    return replace(DEFINITIONS, axes=DEFINITIONS.axes | {o.name: o.definition for o in options})


def with_options(program: HasOptions, cell: Cell) -> Cell:
    """The cell with the axes of its program and engine complete; part of every ``normalise``.

    Axes of other engines are left out, so that one grid can hold several engines.

    Raises:
        UsageError: An option is unknown or has a wrong value.
    """
    facts = cell.engine.facts
    others = {option.name for engine in ENGINES.values() for option in engine.facts.options}
    idle = others - {option.name for option in facts.options}
    kept = tuple((name, value) for name, value in cell.options if name not in idle)
    unused = {axis: default_of(axis) for axis in facts.unused_axes}
    return complete(replace(cell, options=kept, **unused), (*program.options, *facts.options))


def default_of(axis: str) -> Any:
    """What an axis is in a sweep that does not say."""
    return getattr(_PLAIN, axis)[0]


_PLAIN = Grid(program="resident")


def without_load_axes(cell: Cell) -> Cell:
    """The cell with the axes that describe connections set to None if it makes none."""
    if cell.has_load:
        return cell
    return replace(cell, load_shape=None, ip=None, hold_ns=0, payload_bytes=0)
