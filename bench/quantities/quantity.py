"""What a quantity is: where a record has it, what it means, how it is written and compared."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bench.record import TrialRecord
from bench.units import (
    exact_count,
    format_count,
    format_duration,
    format_percent,
    parse_count,
    parse_duration,
    parse_share,
    percent_number,
)
from bench.words.plurals import plural

Value = Callable[[TrialRecord], float | None]
"""A trial's value in the quantity's unit; None where the record does not have it."""


class Scale(StrEnum):
    """``ratio`` compares new over base; ``points`` new less base, for shares."""

    RATIO = "ratio"
    POINTS = "points"


class Better(StrEnum):
    """Which direction is an improvement."""

    LOWER = "lower"
    HIGHER = "higher"


class Unit(StrEnum):
    """Nanoseconds, events per second, shares, events, or times of another figure."""

    NS = "ns"
    HZ = "hz"
    SHARE = "share"
    COUNT = "count"
    TIMES = "times"

    def text(self, value: float | None) -> str:
        """A value for people, ``-`` for none."""
        match self:
            case Unit.NS:
                return format_duration(value)
            case Unit.HZ:
                return format_count(value)
            case Unit.SHARE:
                return format_percent(value)
            case Unit.TIMES:
                return "-" if value is None else f"{value:.2f}"
        return "-" if value is None else exact_count(round(value))

    def parse(self, text: str) -> float:
        """A value from what a user writes.

        Raises:
            ValueError: The text is not of this unit.
        """
        match self:
            case Unit.NS:
                return parse_duration(text)
            case Unit.SHARE | Unit.TIMES:
                return parse_share(text)
        return parse_count(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A quantity of a trial: one declaration for tables, comparisons, goals, exports, charts.

    Attributes:
        title: What tables print and users read and write, ``p99 lateness``.
        meaning: One sentence for the reader.
        better: Which direction is an improvement; None where neither is.
        definition: Number of the meaning: raised when it changes, never compared with another.
        goal: Its word in goals such as ``p99 <= 1ms``; empty if none can be about it.
        least: Callbacks that a window needs to carry it.
        source: What it is read from, where that is not the program's own counters.
    """

    title: str
    meaning: str
    unit: Unit
    value: Value
    better: Better | None = None
    definition: int = 1
    goal: str = ""
    least: int = 20
    source: str = ""

    @property
    def key(self) -> str:
        """Its name in links and data: ``p99-lateness``."""
        return re.sub("[^a-z0-9]+", "-", self.title.lower()).strip("-")

    @property
    def scale(self) -> Scale:
        """How differences are taken: of shares in points, of all else as ratios."""
        return Scale.POINTS if self.unit is Unit.SHARE else Scale.RATIO

    def text(self, value: float | None) -> str:
        """One value for people, ``-`` for none."""
        return self.unit.text(value)

    def place(self, value: float) -> float | None:
        """The value on the axis on which differences are taken; None if it has none there.

        Ratios are differences of logarithms, so that twice and half are equally far.
        """
        if self.scale is Scale.POINTS:
            return value
        return math.log(value) if value > 0 else None

    def change(self, distance: float) -> float:
        """A distance on that axis as relative change (0.1 = 10 % more), or in points."""
        return math.expm1(distance) if self.scale is Scale.RATIO else distance

    def change_text(self, change: float) -> str:
        """A change for people: ``+12.3%``, or ``+1.2 points``."""
        number = percent_number(abs(change))
        unit = f" {plural(float(number), 'point')}" if self.scale is Scale.POINTS else ""
        return f"{self.change_number(change)}{unit}"

    def change_number(self, change: float) -> str:
        """The same where the word for points stands elsewhere: ``+12.3%``, or ``+1.2``."""
        sign = "-" if change < 0 else "+"
        if math.isinf(change):
            return f"{sign}\N{INFINITY}"
        return f"{sign}{percent_number(abs(change))}{'' if self.scale is Scale.POINTS else '%'}"
