"""Axes of a cell as its program and engine make them; parts of every ``normalise``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import MISSING, dataclass, replace
from typing import Any, Protocol

from bench.programs.option import complete
from bench.quantities.definitions import DEFINITIONS
from bench.record import Definitions
from bench.spec import AXES, ENGINES, Cell, Engine, MapType, Option, without_load_axes


class HasOptions(Protocol):
    """A program, as far as its own axes go."""

    @property
    def options(self) -> tuple[Option, ...]:
        """Axes of its own."""


class Declared(HasOptions, Protocol):
    """A program, as far as its axes go."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def unused_axes(self) -> tuple[str, ...]:
        """Axes of a sweep that mean nothing to it."""

    @property
    def map_types(self) -> tuple[MapType, ...]:
        """Kinds of map that it supports."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """What a sweep says in vain: an axis or an option, and who has no use for it."""

    key: str
    who: str


def misfits(
    program: Declared, engines: Sequence[Engine], axes: Iterable[str], options: Iterable[str]
) -> list[Misfit]:
    """What would be measured as if it had not been said.

    Args:
        program: What is measured.
        engines: What provides its timeouts; one use is enough.
        axes: Keys of axes that a sweep names.
        options: Names of the program's own axes that it names.
    """
    by_none = set.intersection(*(set(engine.facts.unused_axes) for engine in engines))
    of_others = options_of(ENGINES.values()) - options_of(engines)
    their = f"engine {' and '.join(engines)}"
    return [
        *(Misfit(key, f"program {program.name}") for key in axes if key in program.unused_axes),
        *(Misfit(key, their) for key in axes if key in by_none - {*program.unused_axes}),
        *(Misfit(f"options.{name}", their) for name in options if name in of_others),
    ]


def options_of(engines: Iterable[Engine]) -> set[str]:
    """Names of the axes that engines add to those of a program."""
    return {option.name for engine in engines for option in engine.facts.options}


def applicable(program: Declared, cell: Cell) -> Cell:
    """The cell with its own axes complete, and axes that mean nothing as where there is none.

    Raises:
        UsageError: An option is unknown or has a wrong value.
    """
    unused = {
        axis.field: axis.unused
        for axis in AXES
        if axis.key in program.unused_axes and axis.unused is not MISSING
    }
    if "map_type" in unused:
        unused["map_type"] = program.map_types[0]
    return without_load_axes(with_options(program, replace(cell, **unused)))


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
    idle = options_of(ENGINES.values()) - options_of([cell.engine])
    kept = tuple((name, value) for name, value in cell.options if name not in idle)
    unused = {axis: default_of(axis) for axis in facts.unused_axes}
    return complete(replace(cell, options=kept, **unused), (*program.options, *facts.options))


def default_of(key: str) -> Any:
    """What an axis is in a sweep that does not say."""
    return next(axis.default for axis in AXES if axis.key == key)
