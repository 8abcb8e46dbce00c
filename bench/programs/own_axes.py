"""Axes of a cell as its program and engine make them; parts of every ``normalise``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from bench.programs import user_gc
from bench.programs.option import Option, complete
from bench.quantities.definitions import DEFINITIONS
from bench.record import Definitions
from bench.spec import Cell, Engine

ENGINE_OPTIONS: dict[Engine, tuple[Option, ...]] = {Engine.USER_GC: user_gc.OPTIONS}
"""Axes that an engine adds to those of the program."""


class HasOptions(Protocol):
    """A program, as far as its own axes go."""

    @property
    def options(self) -> tuple[Option, ...]:
        """Axes of its own."""


def definitions(programs: Iterable[HasOptions]) -> Definitions:
    """Those of this version: of all quantities and axes, the programs' own among them."""
    options = [option for each in ENGINE_OPTIONS.values() for option in each]
    options += [option for program in programs for option in program.options]
    return replace(DEFINITIONS, axes=DEFINITIONS.axes | {o.name: o.definition for o in options})


def with_options(program: HasOptions, cell: Cell) -> Cell:
    """The cell with the axes of its program and engine complete; part of every ``normalise``.

    Axes of other engines are left out, so that one grid can hold several engines.

    Raises:
        UsageError: An option is unknown or has a wrong value.
    """
    of_engine = ENGINE_OPTIONS.get(cell.engine, ())
    others = {option.name for each in ENGINE_OPTIONS.values() for option in each}
    idle = others - {option.name for option in of_engine}
    kept = tuple((name, value) for name, value in cell.options if name not in idle)
    return complete(replace(cell, options=kept), (*program.options, *of_engine))


def without_load_axes(cell: Cell) -> Cell:
    """The cell with the axes that describe connections set to None if it makes none."""
    if cell.has_load:
        return cell
    return replace(cell, load_shape=None, ip=None, hold_ns=0, payload_bytes=0)
