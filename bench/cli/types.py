"""What the values of options are: durations, sizes, counts and shares, by one parser each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from bench.errors import quoted
from bench.units import parse_count, parse_duration, parse_factor, parse_share, parse_size

if TYPE_CHECKING:
    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType  # Not generic in older releases.


class Parsed(ParamType):
    """A value that :mod:`bench.units` parses, within bounds.

    Args:
        name: What it is, for metavars and messages.
        parse: From text to base units; a ValueError says what is wrong with it.
        least: The smallest value, as a user would write it.
        most: The largest.
    """

    def __init__(
        self, name: str, parse: Callable[[str], float], least: str, most: str = ""
    ) -> None:
        """Parse the bounds."""
        self.name, self._parse = name, parse
        self._least, self._most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The value in base units: ns, bytes, items, or a ratio."""
        if not isinstance(value, str):
            return value
        try:
            found = self._parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if found < self._parse(self._least):
            self.fail(f"{quoted(value)} is less than {self._least}", param, ctx)
        if self._most and found > self._parse(self._most):
            self.fail(f"{quoted(value)} is more than {self._most}", param, ctx)
        return found


def duration(least: str = "1ns", most: str = "1d") -> Parsed:
    """A time such as ``10ms``, in nanoseconds."""
    return Parsed("duration", parse_duration, least, most)


def size(least: str) -> Parsed:
    """A size of memory such as ``2GiB``, in bytes."""
    return Parsed("size", parse_size, least)


def count(least: str = "1", most: str = "") -> Parsed:
    """A number or a rate such as ``10k``."""
    return Parsed("count", parse_count, least, most)


SHARE = Parsed("share", parse_share, "0.01%", "99.99%")
"""A part of the whole such as ``5%``, as a ratio."""
SHARE_OR_NONE = Parsed("share", parse_share, "0%", "99.99%")
"""The same, or nothing."""
FACTOR = Parsed("factor", parse_factor, "x1.01", "x1000")
"""A factor such as ``x1.5``."""
