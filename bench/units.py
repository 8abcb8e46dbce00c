"""Parsing and printing of counts, durations and rates.

Everything inside the program is an integer in a base unit: nanoseconds, hertz, items.
These functions are the only place where suffixes such as ``100us`` or ``1k`` exist.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TypeGuard

from bench.errors import quoted

NS_PER_US = 1_000
NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000
NS_PER_DAY = 86_400 * NS_PER_S

_DURATION_UNITS = {
    "ns": 1,
    "us": NS_PER_US,
    "µs": NS_PER_US,
    "ms": NS_PER_MS,
    "s": NS_PER_S,
    "m": 60 * NS_PER_S,
    "h": 3600 * NS_PER_S,
    "d": NS_PER_DAY,
}
_SIZE_UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
_COUNT_UNITS = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}
_NUMBER = re.compile(r"\s*([+-]?[0-9]+(?:\.[0-9]+)?)\s*([a-zA-Zµ]*)\s*\Z")


def _split(text: object, what: str, example: str) -> tuple[Fraction, str]:
    match = _NUMBER.match(text.replace("\u03bc", "µ")) if isinstance(text, str) else None
    if not match:
        raise ValueError(f"{quoted(text)} is not a {what}, write it like {example}")
    return Fraction(match[1]), match[2].lower()


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _scaled(text: object, units: dict[str, int], what: str, example: str) -> int:
    number, unit = _split(text, what, example)
    sizes = {name.lower(): size for name, size in units.items()}
    if unit not in sizes:
        known = ", ".join(name for name in units if name)
        raise ValueError(f"{quoted(text)} has no known unit for a {what} ({known})")
    value = number * sizes[unit]
    if value.denominator != 1:
        raise ValueError(f"{quoted(text)} is not a whole number of base units")
    return int(value)


def parse_duration(value: str | int) -> int:
    """Nanoseconds from ``"100us"``, ``"1.5s"`` or an integer that is nanoseconds already.

    Raises:
        ValueError: The text has no unit, an unknown unit, or is not a number.
    """
    if _is_whole(value):
        return value
    if isinstance(value, str) and value.strip() == "0":
        return 0
    return _scaled(value, _DURATION_UNITS, "duration", "100us, 10ms or 1s")


def parse_count(value: str | int) -> int:
    """An integer from ``"1k"`` (1,000), ``"1m"`` (1,000,000), ``"65536"`` or an integer.

    Raises:
        ValueError: The text is not a count.
    """
    if _is_whole(value):
        return value
    return _scaled(value, _COUNT_UNITS, "count", "1k, 65536 or 1m")


def parse_size(value: str | int) -> int:
    """Bytes from ``"512MiB"``, ``"2GiB"`` or an integer that is bytes already.

    Raises:
        ValueError: The text has no unit, an unknown unit, or is not a number.
    """
    return value if _is_whole(value) else _scaled(value, _SIZE_UNITS, "size", "512MiB or 2GiB")


def parse_share(value: object) -> float:
    """A ratio from ``"5%"``, ``"0.05"`` or a number that is a ratio already.

    Raises:
        ValueError: The text is not a number.
    """
    if isinstance(value, (int, float)):
        return float(value)
    if not isinstance(value, str):
        raise ValueError(f"{quoted(value)} is not a share, write it like 5%")
    text = value.strip()
    try:
        return float(Decimal(text.removesuffix("%")) / (100 if text.endswith("%") else 1))
    except InvalidOperation:
        raise ValueError(f"{quoted(value)} is not a share, write it like 5%") from None


def parse_factor(value: object) -> float:
    """A factor from ``"x1.5"``, ``"1.5"``, ``"50%"`` (half as much again) or a number.

    Raises:
        ValueError: The text is not a finite number.
    """
    if isinstance(value, (int, float)):
        return float(value)
    if not isinstance(value, str):
        raise ValueError(f"{quoted(value)} is not a factor, write it like x1.5")
    text = value.strip()
    try:
        number = Decimal(text.removeprefix("x").removesuffix("%"))
        if not number.is_finite():
            raise InvalidOperation
    except InvalidOperation:
        raise ValueError(f"{quoted(value)} is not a factor, write it like x1.5") from None
    return float(1 + number / 100 if text.endswith("%") else number)


def format_duration(ns: float | None) -> str:
    """Three significant digits in the largest fitting unit: ``"18.4µs"``; ``"-"`` for None."""
    if ns is None:
        return "-"
    for unit, size in (("s", NS_PER_S), ("ms", NS_PER_MS), ("µs", NS_PER_US)):
        if abs(ns) >= size * 0.9995:
            return f"{_three_digits(ns / size)}{unit}"
    return f"{round(ns)}ns"


def format_count(value: float | None) -> str:
    """Three significant digits with a decimal suffix: ``"65.5k"``; ``"-"`` for None."""
    if value is None:
        return "-"
    for unit, size in (("G", 1_000_000_000), ("M", 1_000_000), ("k", 1_000)):
        if abs(value) >= size * 0.9995:
            return f"{_three_digits(value / size)}{unit}"
    return _three_digits(value)


def format_percent(ratio: float | None) -> str:
    """A ratio as per cent with three significant digits at most: ``"98.3%"``."""
    return "-" if ratio is None else f"{percent_number(ratio)}%"


def percent_number(ratio: float) -> str:
    """The same without its sign."""
    return _three_digits(ratio * 100)


def _three_digits(value: float) -> str:
    text = f"{value:.3g}"
    return format(Decimal(text), "f") if "e" in text else text


def exact_duration(ns: int) -> str:
    """The shortest text that :func:`parse_duration` reads back as exactly ``ns``."""
    for unit in ("s", "ms", "us"):
        if ns and ns % _DURATION_UNITS[unit] == 0:
            return f"{ns // _DURATION_UNITS[unit]}{unit}"
    return f"{ns}ns"


def exact_count(value: int) -> str:
    """The shortest text that :func:`parse_count` reads back as exactly ``value``."""
    for unit in ("g", "m", "k"):
        if value and value % _COUNT_UNITS[unit] == 0:
            return f"{value // _COUNT_UNITS[unit]}{unit}"
    return str(value)
