"""A program's own axes: declared once, parsed once, the same in files and on the command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bench.errors import UsageError
from bench.spec import Cell, OptionValue
from bench.units import parse_count, parse_duration


@dataclass(frozen=True, slots=True)
class Option:
    """One axis of one program.

    Attributes:
        name: Key of ``options``; it ends in its unit, ``_ns`` or ``_hz``; counts have none.
        meaning: One sentence for the user.
        default: Value of cells that do not name it, in base units.
        parse: From what the user wrote; a ValueError says what is wrong with it.
        definition: Number of its meaning, raised when that changes.
    """

    name: str
    meaning: str
    default: OptionValue
    parse: Callable[[object], OptionValue]
    definition: int = 1


def count(low: int = 0, high: int = 2**32 - 1) -> Callable[[object], int]:
    """Parses counts and rates such as ``10k`` within bounds."""
    return _bounded(parse_count, low, high)


def duration(low_ns: int = 0, high_ns: int = 2**63 - 1) -> Callable[[object], int]:
    """Parses durations such as ``10ms`` within bounds, ns."""
    return _bounded(parse_duration, low_ns, high_ns)


def choice(*words: str) -> Callable[[object], str]:
    """Accepts one of some words."""

    def parse(value: object) -> str:
        if value not in words:
            raise ValueError(f"{value!r} is not one of {', '.join(words)}")
        return str(value)

    return parse


def _bounded(parse: Callable[[int | str], int], low: int, high: int) -> Callable[[object], int]:
    def bounded(value: object) -> int:
        if not isinstance(value, (int, str)):
            raise ValueError(f"{value!r} is not a number")
        found = parse(value)
        if not low <= found <= high:
            raise ValueError(f"{value!r} is outside of {low} to {high}")
        return found

    return bounded


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
                remedy=f"It has: {', '.join(known)}" if known else "Leave it out: it has none",
            )
    values = {name: _parsed(option, given.get(name)) for name, option in known.items()}
    return replace(cell, options=tuple(sorted(values.items())))


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
