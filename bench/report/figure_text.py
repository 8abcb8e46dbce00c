"""Figures as text: a median with the range of its trials, flagged where invalid."""

from __future__ import annotations

from typing import Protocol

from bench.report.columns import Column
from bench.report.summary import Figure

FLAG = "!"
"""Marks figures that come from invalid trials only."""
_TO = "\N{EN DASH}"


def median_text(column: Column, figure: Figure | None, *, flagged: bool) -> str:
    """The median, ``-`` if there is none."""
    if figure is None:
        return "-"
    text = column.text(figure.median)
    return f"{FLAG}{text}" if flagged else text


def range_text(column: Column, figure: Figure | None) -> str:
    """Lowest to highest trial with the unit written once; empty for fewer than two trials."""
    if figure is None or figure.trials < 2:
        return ""
    return joined(column.text(figure.low), column.text(figure.high))


def joined(low: str, high: str) -> str:
    """Two ends of a range with the unit written once if it is the same."""
    return f"{_without(_unit(high), low)}{_TO}{high}"


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
