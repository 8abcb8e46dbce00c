"""Stacked bars, one per cell: shared by stages, venues and softirq time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from bench.page.charts import theme
from bench.page.charts.chart import definition, structure
from bench.page.charts.lines import in_lines, legend_offset, named_above, row_height
from bench.words.plurals import counted, plural

MOST_BARS = 24
_BAR = 14


@dataclass(frozen=True, slots=True)
class Part:
    """One part of one bar: its size, as text, and the name of its cell in the page."""

    bar: str
    name: str
    size: float
    text: str
    cell: str


def stacked(
    parts: Sequence[Part], description: str, *, title: str, labels: str, whole: bool = False
) -> dict[str, Any]:
    """Definition of horizontal bars in the order given, their parts side by side.

    Args:
        parts: In the order of bars and, within a bar, of parts.
        description: For who cannot see it.
        title: Of the axis.
        labels: Expression for the labels of the axis.
        whole: Every bar is a whole, so that the axis ends at 1.
    """
    bars = list(dict.fromkeys(in_lines(part.bar) for part in parts))
    names = list(dict.fromkeys(part.name for part in parts))
    rows = [
        {
            "bar": p.bar,
            "cell": p.cell,
            "row": in_lines(p.bar),
            "part": p.name,
            "size": p.size,
            "text": p.text,
            "order": names.index(p.name),
        }
        for p in parts
    ]
    x = alt.X("size:Q", title=title, stack="zero").axis(labelExpr=labels, tickCount=6)
    if whole:
        x = x.scale(domain=[0, 1], nice=False)
    picture = (
        alt.Chart(alt.NamedData(name="parts"))
        # The gap keeps neighbours apart for eyes that see their colours alike.
        .mark_bar(stroke="white", strokeWidth=0.8, strokeOpacity=0.7, height=_BAR)
        .encode(
            x=x,
            y=named_above(alt.Y("row:N", sort=bars, title=None)),
            color=alt.Color("part:N", sort=names, title=None)
            .scale(domain=names, range=list(theme.PALETTE[: len(names)]))
            .legend(
                direction="horizontal",
                columns=theme.LEGEND_COLUMNS,
                offset=legend_offset(bars),
                symbolStrokeColor="transparent",
            ),
            order=alt.Order("order:Q"),
            tooltip=[alt.Tooltip(f"{name}:N") for name in ("bar", "part", "text")],
        )
        .properties(width=theme.WIDTH - 60, height=len(bars) * row_height(bars))
    )
    return definition(structure(picture), description, parts=rows)


def left_out(shown: int, known: int, of: str = "cell") -> list[str]:
    """A remark if not every cell has its bar; ``of`` is what a bar is of."""
    if shown >= known:
        return []
    every = counted(known, of)
    drawn = plural(shown, "is", "are")
    return [
        f"{shown} of {every} {drawn} drawn, where ksoftirqd takes over and else "
        "evenly picked; the table has all numbers."
    ]
