"""A program's own axes: completed and parsed, the same in files and on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bench.errors import UsageError
from bench.spec import Cell, Option, OptionValue


def complete(cell: Cell, options: Sequence[Option]) -> Cell:
    """The cell with all options of its program, parsed, defaults filled in.

    Raises:
        UsageError: An unknown option, or a wrong value; names the option and what is allowed.
    """
    known = {option.name: option for option in options}
    given = dict(cell.options)
    for name in given:
        if name not in known:
            raise UsageError(
                f"program {cell.program} has no option {name}",
                remedy=_those_of([one.name for one in options if not one.hidden]),
            )
    values = {name: _parsed(option, given.get(name)) for name, option in known.items()}
    said = {name: value for name, value in values.items() if _is_said(known[name], value)}
    return replace(cell, options=tuple(sorted(said.items())))


def _is_said(option: Option, value: OptionValue) -> bool:
    return not (option.hidden or option.implied) or value != option.default


def _those_of(names: Sequence[str]) -> str:
    return f"It has: {', '.join(names)}" if names else "Leave it out: it has none"


def at_default(cell: Cell, options: Sequence[Option]) -> Cell:
    """The complete cell with some options at their defaults, as they mean nothing in it."""
    values = dict(cell.options) | {option.name: option.default for option in options}
    return replace(cell, options=tuple(sorted(values.items())))


def _parsed(option: Option, given: OptionValue | None) -> OptionValue:
    if given is None:
        return option.default
    try:
        return option.parse(given)
    except ValueError as error:
        raise UsageError(f"option {option.name}: {error}", remedy=option.meaning) from error
