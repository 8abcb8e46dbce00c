"""Scatter charts over the offered rate, with intervals: shared by rate and lateness charts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from bench.analysis.cell_rows import CellRow
from bench.analysis.figure_text import median_text, spread_text
from bench.page.charts import theme, trials
from bench.page.charts.chart import Datum, definition, structure
from bench.page.charts.kinds import colour_of, shape_of
from bench.page.charts.ticks import log_domain, log_ticks
from bench.quantities.callbacks import OFFERED
from bench.quantities.quantity import Quantity

TOOLTIP = ("series", "cell", "offered", "value", "spread")
MOST_SERIES = 6


def series_names(rows: Iterable[CellRow]) -> dict[str, str]:
    """Name of each row's series: its slice; beyond six, program and engine only."""
    rows = list(rows)
    full = dict.fromkeys(row.slice_text for row in rows)
    if len(full) <= MOST_SERIES:
        return {row.slice_text: row.slice_text for row in rows}
    short = {row.slice_text: f"{row.cell.program}, {row.cell.engine}" for row in rows}
    kept = list(dict.fromkeys(short.values()))[: MOST_SERIES - 1]
    return {key: name if name in kept else "others" for key, name in short.items()}


def data(rows: Sequence[CellRow], quantity: Quantity, series: dict[str, str]) -> list[Datum]:
    """One point per row that has both an offered rate and a value above zero."""
    found = []
    for row in rows:
        offered, estimate = row.get(OFFERED), row.get(quantity)
        if not offered or not estimate or offered.median <= 0 or estimate.median <= 0:
            continue
        found.append(
            {
                "x": offered.median,
                "y": estimate.median,
                "low": max(estimate.low, 1e-9),
                "high": estimate.high,
                "series": series[row.slice_text],
                "cell": row.text,
                "offered": f"{OFFERED.text(offered.median)}/s",
                "value": f"{quantity.title} {median_text(quantity, estimate, flagged=row.flagged)}",
                "spread": spread_text(quantity, estimate),
                **trials.each(row, each=quantity),
            }
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How points are drawn.

    Attributes:
        title: Of the vertical axis.
        labels: Expression for its labels.
        key: What distinguishes points by colour and shape.
        also: Further values that the vertical axis must reach.
        below: Layers below them.
    """

    title: str
    labels: str
    key: str = "series"
    also: Sequence[float] = ()
    below: Sequence[Any] = ()


def picture(
    points: Sequence[Datum], description: str, look: Look, **datasets: Sequence[Datum]
) -> dict[str, Any]:
    """Definition of points with their intervals.

    Args:
        points: From :func:`data`.
        description: For who cannot see it.
        look: How they are drawn.
        datasets: What layers below them are drawn from.
    """
    names = list(dict.fromkeys(point[look.key] for point in points))
    y = [*look.also, *(point[end] for point in points for end in ("low", "high", "y"))]
    base = alt.Chart(alt.NamedData(name="points")).encode(
        x=_offered(points), tooltip=[alt.Tooltip(f"{name}:N") for name in TOOLTIP]
    )
    # With one domain, colour and shape share their legend.
    colour = colour_of(look.key, names)
    bars = base.mark_rule(strokeWidth=2, opacity=0.6).encode(
        y=_log("low", look.title, y, look.labels), y2="high:Q", color=colour.legend(None)
    )
    marks = base.mark_point(filled=True, size=75, opacity=1).encode(
        y=_log("y", look.title, y, look.labels), color=colour, shape=shape_of(look.key, names)
    )
    layers = alt.layer(*look.below, bars, marks).properties(width=theme.WIDTH, height=theme.HEIGHT)
    # The legend is that of the points.
    layers = layers.resolve_legend(color="independent", shape="independent")
    drawn = definition(structure(layers), description, points=points, **datasets)
    return drawn | _single_trials(points, look, y, colour.legend(None))


def _single_trials(
    points: Sequence[Datum], look: Look, y: Sequence[float], colour: Any
) -> dict[str, Any]:
    room = [*y, *trials.values(points, "each")]
    ticks = alt.Chart(alt.NamedData(name="points")).mark_tick(
        orient="horizontal", thickness=1.5, size=12, opacity=0.75
    )
    ticks = ticks.encode(
        x=_offered(points), y=_log("each", look.title, room, look.labels), color=colour
    )
    return trials.on_demand(ticks, points, "each")


def _offered(points: Sequence[Datum]) -> Any:
    known = [point["x"] for point in points]
    return _log("x", "offered callbacks per second", known, theme.COUNT_LABEL)


def _log(field: str, title: str, known: Sequence[float], labels: str) -> Any:
    channel = alt.X if field == "x" else alt.Y
    return (
        channel(f"{field}:Q", title=title)
        .scale(type="log", nice=False, domain=log_domain(known))
        .axis(labelExpr=labels, values=log_ticks(known))
    )
