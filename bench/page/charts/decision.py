"""Which engine to choose: lateness against total CPU, and the ones that nothing beats in both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from bench.analysis.answers.missing import missing_lines
from bench.analysis.answers.points import points
from bench.analysis.cell_rows import CellRow
from bench.analysis.figure_text import with_spread
from bench.analysis.frontier import Choice, choices
from bench.page.charts import theme, trials
from bench.page.charts.chart import Chart, Datum, Group, Section, definition, structure, together
from bench.page.charts.kinds import colour_of, shape_of
from bench.page.charts.ticks import log_domain, log_ticks
from bench.quantities.callbacks import P50
from bench.quantities.total_cost import TOTAL_CPU
from bench.units import format_percent
from bench.words.plurals import counted
from bench.words.text import slug

KEY = "decision"
CHART = "engine-decision"
OPEN_WORKS = 6
"""Kinds of work up to which their charts are not folded away."""
_PERCENT = "format(datum.value, '.3~%')"
_LEAST = 1e-5
"""Share of one CPU that is drawn at least: the axis is logarithmic."""
_BELOW = 10
"""So many times below the least median above it the axis ends; what is less is drawn there."""
_EACH = ("each_x", "each_y")
"""Fields of single trials."""
_INTRO = (
    "Left is cheaper, down is earlier. A line joins the engines that none beats in both on the "
    "same work: the choice is among these, by whether CPU or lateness matters more. An engine "
    "without a lateness, such as eviction alone (lru), has no point."
)
_NOTHING = "No two engines have both a total cost and a lateness on the same work."


def section(rows: Sequence[CellRow]) -> Section:
    """A chart of all work that several engines did, and one of each, on the same axes."""
    found = choices(rows)
    return Section(
        key=KEY,
        title="Which engine",
        intro=_INTRO if found else _NOTHING,
        groups=_groups(found) if found else (),
        notes=tuple(missing_lines(points(rows))) if found else (),
    )


def _groups(found: Sequence[Choice]) -> list[Group]:
    works: dict[str, list[Choice]] = {}
    for choice in found:
        works.setdefault(choice.work, []).append(choice)
    least = _least(found)
    every = [_datum(choice, least) for choice in found]
    charts = [_of_work(work, group, least, every) for work, group in works.items()]
    each = Group(title="Each kind of work", charts=charts, open=len(works) <= OPEN_WORKS)
    return [*together(_chart(found, least, every)), *([each] if len(works) > 1 else [])]


def _of_work(work: str, group: Sequence[Choice], least: float, every: Sequence[Datum]) -> Chart:
    alt_text = f"Lateness against total CPU of {work}. {_figures(group)}."
    return Chart(
        key=f"{CHART}-{slug(work)}",
        title=f"Lateness against total CPU: {work}",
        alt=alt_text,
        caption=f"{_figures(group)}.",
        spec=_picture([_datum(choice, least) for choice in group], every, alt_text),
        heading=work,
    )


def _figures(group: Sequence[Choice]) -> str:
    return "; ".join(
        f"{choice.row.cell.engine}: {TOTAL_CPU.text(choice.cpu.median)} of one CPU, "
        f"{P50.text(choice.late.median)} late"
        for choice in group
    )


def _chart(found: Sequence[Choice], least: float, every: Sequence[Datum]) -> Chart:
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
        key=CHART,
        title="Lateness against total CPU",
        alt=alt_text,
        caption="Medians with their intervals; total CPU as a share of the time of one CPU. What "
        f"measured less than {format_percent(least)} is drawn there.",
        spec=_picture(every, every, alt_text),
    )


def _least(found: Sequence[Choice]) -> float:
    above = [choice.cpu.median for choice in found if choice.cpu.median > _LEAST]
    return max(min(above) / _BELOW, _LEAST) if above else _LEAST


def _datum(choice: Choice, least: float) -> Datum:
    cpu, late = choice.cpu, choice.late
    single = trials.each(choice.row, log=False, each_x=TOTAL_CPU, each_y=P50)
    if single:
        single["each_x"] = [max(share, least) for share in single["each_x"]]
    return {
        **single,
        "cell": choice.row.text,
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


def _picture(points: Sequence[Datum], every: Sequence[Datum], description: str) -> dict[str, Any]:
    """Of some choices, on axes that have room for all."""
    engines = list(dict.fromkeys(point["engine"] for point in points))
    names = ("engine", "work", "cpu", "late")
    named = alt.Chart(alt.NamedData(name="points"))
    base = named.encode(tooltip=[alt.Tooltip(f"{name}:N") for name in names])
    colour = colour_of("engine", engines)
    x, y = _axes(every, "x", "y")
    x1, y1 = _axes(every, "x1", "y1")
    spans = [
        base.mark_rule(strokeWidth=2, opacity=0.5).encode(**ends, color=colour.legend(None))
        for ends in ({"x": x1, "x2": "x2:Q", "y": y}, {"x": x, "y": y1, "y2": "y2:Q"})
    ]
    frontier = (
        base.transform_filter("datum.best")
        .mark_line(stroke="currentColor", strokeWidth=1.5, strokeDash=[4, 3], opacity=0.6)
        .encode(x=x, y=y, detail="work:N", order="x:Q")
    )
    marks = base.mark_point(filled=True, size=85, opacity=1).encode(
        x=x,
        y=y,
        color=colour,
        shape=shape_of("engine", engines),
    )
    picture = alt.layer(frontier, *spans, marks).properties(width=theme.WIDTH, height=theme.HEIGHT)
    picture = picture.resolve_legend(color="independent", shape="independent")
    each_x, each_y = _axes(every, *_EACH)
    single = named.mark_circle(size=14, opacity=0.75).encode(
        x=each_x, y=each_y, color=colour.legend(None)
    )
    drawn = definition(structure(picture), description, points=points)
    return drawn | trials.on_demand(single, points, *_EACH)


def _axes(data: Sequence[Datum], x: str, y: str) -> tuple[Any, Any]:
    """Axes with room for all ends of the data; those of single trials with room for these, too."""
    across = [point[end] for point in data for end in ("x", "x1", "x2")]
    up = [point[end] for point in data for end in ("y", "y1", "y2")]
    if (x, y) == _EACH:
        across += trials.values(data, x)
        up += trials.values(data, y)
    return (
        alt.X(f"{x}:Q", title="total CPU, share of one CPU")
        .scale(type="log", nice=False, domain=log_domain(across))
        .axis(labelExpr=_PERCENT, values=log_ticks(across)),
        alt.Y(f"{y}:Q", title=P50.title)
        .scale(type="log", nice=False, domain=log_domain(up))
        .axis(labelExpr=theme.DURATION_LABEL, values=log_ticks(up)),
    )
