"""An axis of one program or engine only: its name, its meaning, what may be written for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.errors import quoted
from bench.spec.values import OptionValue
from bench.units import parse_count, parse_duration


@dataclass(frozen=True, slots=True)
class Option:
    """One axis of one program or engine.

    Attributes:
        name: Key of ``options``; it ends in its unit, ``_ns`` or ``_hz``; counts have none.
        meaning: One sentence for the user.
        default: Value of cells that do not name it, in base units.
        parse: From what the user wrote; a ValueError says what is wrong with it.
        definition: Number of its meaning, raised when that changes.
        hidden: For tests: not shown, and not in cells that leave it at its default.
        implied: Not in cells that leave it at its default, which are those of older runs.
    """

    name: str
    meaning: str
    default: OptionValue
    parse: Callable[[object], OptionValue]
    definition: int = 1
    hidden: bool = False
    implied: bool = False


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
            raise ValueError(f"{quoted(value)} is not one of {', '.join(words)}")
        return str(value)

    return parse


def _bounded(parse: Callable[[int | str], int], low: int, high: int) -> Callable[[object], int]:
    def bounded(value: object) -> int:
        if not isinstance(value, (int, str)):
            raise ValueError(f"{quoted(value)} is not a number")
        found = parse(value)
        if not low <= found <= high:
            raise ValueError(f"{quoted(value)} is outside of {low} to {high}")
        return found

    return bounded
