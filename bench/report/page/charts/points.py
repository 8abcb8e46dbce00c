"""Scatter charts over the offered rate, with intervals: shared by rate and lateness charts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt

from bench.report.columns import OFFERED, Column
from bench.report.page.charts import theme
from bench.report.page.charts.chart import values
from bench.report.page.text import median_text, spread_text
from bench.report.page.tidy import Row

TOOLTIP = ("series", "cell", "offered", "value", "spread")
MOST_SERIES = 6


def series_names(rows: Iterable[Row]) -> dict[object, str]:
    """Name of each row's series: its slice; beyond six, program and engine only."""
    rows = list(rows)
    full = dict.fromkeys(row.slice_text for row in rows)
    if len(full) <= MOST_SERIES:
        return {row.slice: row.slice_text for row in rows}
    short = {row.slice: f"{row.cell.program}, {row.cell.engine}" for row in rows}
    kept = list(dict.fromkeys(short.values()))[: MOST_SERIES - 1]
    return {key: name if name in kept else "others" for key, name in short.items()}


def data(rows: Sequence[Row], column: Column, series: dict[object, str]) -> list[dict[str, Any]]:
    """One point per row that has both an offered rate and a value above zero."""
    found = []
    for row in rows:
        offered, estimate = row.get(OFFERED), row.get(column)
        if not offered or not estimate or offered.median <= 0 or estimate.median <= 0:
            continue
        found.append(
            {
                "x": offered.median,
                "y": estimate.median,
                "low": max(estimate.low, 1e-9),
                "high": estimate.high,
                "series": series[row.slice],
                "cell": row.text,
                "offered": f"{OFFERED.text(offered.median)}/s",
                "value": f"{column.title} {median_text(column, estimate, flagged=row.flagged)}",
                "spread": spread_text(column, estimate),
            }
        )
    return found


def layers(
    points: Sequence[dict[str, Any]], *, title: str, labels: str, key: str = "series"
) -> list[Any]:
    """Points with their intervals; ``key`` tells them apart by colour and shape."""
    names = list(dict.fromkeys(point[key] for point in points))
    base = alt.Chart(values(points)).encode(
        x=alt.X("x:Q", title="offered callbacks per second").scale(type="log", nice=False,
            padding=16).axis(labelExpr=theme.COUNT_LABEL, tickCount=8),
        color=alt.Color(f"{key}:N", sort=names, title=None),
        tooltip=[alt.Tooltip(f"{name}:N") for name in TOOLTIP],
    )
    y = alt.Y("y:Q", title=title).scale(type="log", padding=12).axis(labelExpr=labels, tickCount=6)
    bars = base.mark_rule(strokeWidth=1.5, opacity=0.7).encode(
        y=alt.Y("low:Q", title=title).axis(labelExpr=labels, tickCount=6), y2="high:Q"
    )
    marks = base.mark_point(filled=True, size=70, opacity=0.9).encode(
        y=y,
        shape=alt.Shape(f"{key}:N", sort=names, title=None).scale(range=list(theme.SHAPES)),
    )
    return [bars, marks]
