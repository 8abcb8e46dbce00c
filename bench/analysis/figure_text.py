"""Estimates in words: a median with its interval or range, flagged where invalid."""

from __future__ import annotations

from math import isinf
from typing import Protocol

from bench.analysis.estimate import Estimate
from bench.quantities.quantity import Quantity
from bench.words.plurals import counted

FLAG = "!"
"""Marks figures that come from invalid trials only."""
LEVELS = (
    "Intervals hold the median of repeated runs with a chance of 95 %; of five trials, whose "
    "lowest and highest hold it no more often, of 94 %; in a run with --precision of 97 %."
)
RANGE = "*"
"""Marks ends that are the lowest and the highest trial, because too few carry no interval."""
WITHIN_NOISE = "within noise"
"""Said of a difference to no timers whose interval spans zero."""
_TO = "\N{EN DASH}"
_MULTIPLIERS = ("k", "M", "G")


def median_text(quantity: Quantity, figure: Estimate | None, *, flagged: bool = False) -> str:
    """The median, ``-`` if there is none."""
    if figure is None:
        return "-"
    text = quantity.text(figure.median)
    return f"{FLAG}{text}" if flagged else text


def ends_text(quantity: Quantity, figure: Estimate | None) -> str:
    """The ends of interval or range, the unit written once; empty for fewer than two trials.

    Without an upper end, because trials were spoilt by what was measured: ``at least 39us``.
    """
    if figure is None or figure.trials < 2:
        return ""
    low = quantity.text(figure.low)
    return f"at least {low}" if isinf(figure.high) else joined(low, quantity.text(figure.high))


def marked_ends(quantity: Quantity, figure: Estimate | None) -> str:
    """The same for a table, where it is explained once: ``39-47µs``, or ``39-47µs *`` a range."""
    ends = ends_text(quantity, figure)
    return f"{ends} {RANGE}" if figure and figure.is_range else ends


def brief(quantity: Quantity, figure: Estimate, *, flagged: bool = False) -> str:
    """``42µs (39-47µs)``, only ``42µs`` if both ends are it; what brackets are is said beside."""
    ends = marked_ends(quantity, figure)
    median = median_text(quantity, figure, flagged=flagged)
    return f"{median} ({ends})" if ends not in ("", median) else median


def spread_text(quantity: Quantity, figure: Estimate) -> str:
    """The same with what it is: ``39-47µs, 95 % interval``, ``..., range of 3 trials``."""
    ends = ends_text(quantity, figure)
    if not ends:
        return "one trial"
    of_few = f"range of {counted(figure.trials, 'trial')}"
    return f"{ends}, {interval_name(figure.level) if figure.is_interval else of_few}"


def interval_name(level: float) -> str:
    """``94 % interval``: what it is called, by its true level."""
    return f"{100 * level:.0f} % interval"


def with_spread(quantity: Quantity, figure: Estimate) -> str:
    """``42µs (39-47µs, 95 % interval)``."""
    return f"{quantity.text(figure.median)} ({spread_text(quantity, figure)})"


def joined(low: str, high: str) -> str:
    """Two ends of a range with the unit written once if it is the same.

    A multiplier is no unit: ``2-5k`` could begin at 2. Two equal ends are one figure.
    """
    if low == high:
        return low
    unit = _unit(high)
    return f"{low if unit in _MULTIPLIERS else _without(unit, low)}{_TO}{high}"


def _unit(text: str) -> str:
    return text.lstrip("-.0123456789")


def _without(unit: str, text: str) -> str:
    return text.removesuffix(unit) if _unit(text) == unit else text


class Counted(Protocol):
    """Anything with a number of trials, ``ok`` of which count."""

    @property
    def ok(self) -> int: ...  # noqa: D102

    @property
    def trials(self) -> int: ...  # noqa: D102


def trials_text(row: Counted) -> str:
    """How many trials count: ``3``, or ``2/3`` if one of three does not."""
    return str(row.ok) if row.ok == row.trials else f"{row.ok}/{row.trials}"
