"""Names of bars and dots: above each of them, whole, in as many lines as they need.

Beside them they would take the room of the plot, and be cut where there is little.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

LONGEST = 52
"""Characters to a line: what a telephone has room for."""
LONGEST_IN_LEGEND = 42
"""Likewise, beside its symbol and right of where the vertical axis is."""
MOST_LINES = 6
"""Of a name; what has more begins where one of so many would."""
SPLIT = "split(datum.label, '\\n')"
"""Expression for labels that are names in lines."""
_LINE = 14
_MARK = 26
"""Height of a mark with the gap below it, and of a line of its name, in pixels."""
_ABOVE = -10
_LEGEND = 8
"""As far as a legend is from a plot without names above its marks."""


def in_lines(name: str, longest: int = LONGEST) -> str:
    """A name with its line breaks; a word that is longer than a line stays whole."""
    return "\n".join(
        textwrap.wrap(name, longest, break_long_words=False, break_on_hyphens=False) or [name]
    )


def named_above(channel: Any) -> Any:
    """The vertical axis of a chart whose rows are named above their marks."""
    return channel.axis(
        labelExpr=SPLIT,
        labelAlign="left",
        labelBaseline="bottom",
        labelLineHeight=_LINE,
        labelOffset=_above(),
        labelPadding=0,
        labelLimit=0,
        labelOverlap=False,
        domain=False,
        ticks=False,
        grid=False,
    )


def _above() -> dict[str, Any]:
    """How far above its mark a name begins: Vega puts its first line there, and others below."""
    tests = [
        {"test": f"length({SPLIT}) >= {n}", "value": _ABOVE - (n - 1) * _LINE}
        for n in range(MOST_LINES, 1, -1)
    ]
    return {"condition": tests, "value": _ABOVE}


def row_height(names: Sequence[str]) -> int:
    """Height of a row, so that the longest of the names has room above its mark."""
    return _MARK + _LINE * _most_lines(names)


def legend_offset(names: Sequence[str]) -> int:
    """Distance of a legend from the plot, into which the first name protrudes from below."""
    return _LEGEND + (_LINE * (_most_lines(names) - 1)) // 2


def _most_lines(names: Sequence[str]) -> int:
    return max((name.count("\n") + 1 for name in names), default=1)
