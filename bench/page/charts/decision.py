"""Which engine to choose: lateness against total CPU, and the ones that nothing beats in both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from bench.analysis.cell_rows import CellRow
from bench.analysis.figure_text import with_spread
from bench.analysis.frontier import Choice, choices
from bench.page.charts import theme
from bench.page.charts.chart import Chart, Datum, Section, definition, structure, together
from bench.page.charts.ticks import log_domain, log_ticks
from bench.quantities.callbacks import P50
from bench.quantities.total_cost import TOTAL_CPU
from bench.units import format_percent
from bench.words.plurals import counted

KEY = "decision"
_PERCENT = "format(datum.value, '.3~%')"
_LEAST = 1e-5
"""Share of one CPU that is drawn at least: the axis is logarithmic."""
_BELOW = 10
"""So many times below the least median above it the axis ends; what is less is drawn there."""
_INTRO = (
    "Left is cheaper, down is earlier. A line joins the engines that none beats in both on the "
    "same work: the choice is among these, by whether CPU or lateness matters more. An engine "
    "without a lateness, such as eviction alone (lru), has no point."
)
_NOTHING = "No two engines have both a total cost and a lateness on the same work."


def section(rows: Sequence[CellRow]) -> Section:
    """One chart of all work that several engines did."""
    found = choices(rows)
    return Section(
        key=KEY,
        title="Which engine",
        intro=_INTRO if found else _NOTHING,
        groups=together(_chart(found)) if found else (),
    )


def _chart(found: Sequence[Choice]) -> Chart:
    works = len({choice.work for choice in found})
    best = "; ".join(
        f"{c.row.cell.engine} on {c.work}: {with_spread(TOTAL_CPU, c.cpu)} of one CPU, "
        f"{with_spread(P50, c.late)} late"
        for c in found
        if c.best
    )
    alt_text = (
        f"Lateness against total CPU on {counted(works, 'kind')} of work. Not beaten: {best}."
    )
    return Chart(
        key="engine-decision",
        title="Lateness against total CPU",
        alt=alt_text,
        caption="Medians with their intervals; total CPU as a share of the time of one CPU. What "
        f"measured less than {format_percent(_least(found))} is drawn there.",
        spec=definition(_picture(found), alt_text, points=_points(found)),
    )


def _least(found: Sequence[Choice]) -> float:
    above = [choice.cpu.median for choice in found if choice.cpu.median > _LEAST]
    return max(min(above) / _BELOW, _LEAST) if above else _LEAST


def _points(found: Sequence[Choice]) -> list[Datum]:
    least = _least(found)
    return [_datum(choice, least) for choice in found]


def _datum(choice: Choice, least: float) -> Datum:
    cpu, late = choice.cpu, choice.late
    return {
        "x": max(cpu.median, least),
        "x1": max(cpu.low, least),
        "x2": max(cpu.high, least),
        "y": late.median,
        "y1": late.low,
        "y2": late.high,
        "engine": str(choice.row.cell.engine),
        "work": choice.work,
        "best": choice.best,
        "cpu": with_spread(TOTAL_CPU, cpu),
        "late": with_spread(P50, late),
    }


def _picture(found: Sequence[Choice]) -> dict[str, Any]:
    data = _points(found)
    engines = list(dict.fromkeys(point["engine"] for point in data))
    names = ("engine", "work", "cpu", "late")
    base = alt.Chart(alt.NamedData(name="points")).encode(
        tooltip=[alt.Tooltip(f"{name}:N") for name in names]
    )
    colour = alt.Color("engine:N", title=None).scale(domain=engines)
    x, y = _axes(data, "x", "y")
    x1, y1 = _axes(data, "x1", "y1")
    spans = [
        base.mark_rule(strokeWidth=2, opacity=0.5).encode(**ends, color=colour.legend(None))
        for ends in ({"x": x1, "x2": "x2:Q", "y": y}, {"x": x, "y": y1, "y2": "y2:Q"})
    ]
    frontier = (
        base.transform_filter("datum.best")
        .mark_line(strokeWidth=1.5, strokeDash=[4, 3], opacity=0.7)
        .encode(x=x, y=y, detail="work:N", order="x:Q")
    )
    marks = base.mark_point(filled=True, size=85, opacity=1).encode(
        x=x,
        y=y,
        color=colour,
        shape=alt.Shape("engine:N", title=None).scale(domain=engines, range=list(theme.SHAPES)),
    )
    picture = alt.layer(frontier, *spans, marks).properties(width=theme.WIDTH, height=theme.HEIGHT)
    return structure(picture.resolve_legend(color="independent", shape="independent"))


def _axes(data: Sequence[Datum], x: str, y: str) -> tuple[Any, Any]:
    across = [point[end] for point in data for end in ("x", "x1", "x2")]
    up = [point[end] for point in data for end in ("y", "y1", "y2")]
    return (
        alt.X(f"{x}:Q", title="total CPU, share of one CPU")
        .scale(type="log", nice=False, domain=log_domain(across))
        .axis(labelExpr=_PERCENT, values=log_ticks(across)),
        alt.Y(f"{y}:Q", title=P50.title)
        .scale(type="log", nice=False, domain=log_domain(up))
        .axis(labelExpr=theme.DURATION_LABEL, values=log_ticks(up)),
    )
