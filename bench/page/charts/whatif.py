"""How well a run's cost model predicts what it was not shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from bench.analysis.cell_rows import CellRow
from bench.page.charts import theme, trials
from bench.page.charts.chart import Chart, Datum, Section, definition, structure, together
from bench.page.charts.kinds import colour_of, shape_of
from bench.page.charts.ticks import log_domain, log_ticks
from bench.quantities.quantity import Quantity, Unit
from bench.units import format_percent
from bench.whatif.check import LEAST_INSIDE, MOST_ERROR, Check, LeftOut, checks
from bench.whatif.points import engine_points
from bench.words.plurals import counted

KEY = "what-if"
_PERCENT = "format(datum.value, '.3~%')"
_INTRO = (
    "A cost model is fitted to the cells with a population, and asked for what lies between them. "
    "It was checked by leaving out a whole rate, or a whole timeout, and predicting it from what "
    "remains: on the line, prediction and measurement agree. A quantity is offered only if it is "
    f"missed by no more than {format_percent(MOST_ERROR)} in the median and its intervals hold at "
    f"least {format_percent(LEAST_INSIDE)} of what was left out."
)
_NOTHING = (
    "This run has no rates and timeouts with a population that a cost model could be fitted to."
)


def section(rows: Sequence[CellRow]) -> Section:
    """A chart for each quantity that something could be left out of."""
    charts = [_chart(check) for check in checks(engine_points(rows)) if _drawn(check)]
    return Section(
        key=KEY, title="What if", intro=_INTRO if charts else _NOTHING, groups=together(*charts)
    )


def _drawn(check: Check) -> list[LeftOut]:
    """Logarithmic axes have no place for 0."""
    return [left for left in check.left if left.predicted > 0 and left.measured > 0]


def _chart(check: Check) -> Chart:
    quantity, left = check.modelled.quantity, _drawn(check)
    error = format_percent(check.error)
    verdict = "holds" if check.holds else "does not hold, so it is not offered"
    alt_text = (
        f"{quantity.title}, predicted against measured: missed by {error} in the median of "
        f"{counted(len(check.left), 'prediction')}, {check.inside} in their interval; it {verdict}."
    )
    return Chart(
        key=f"{KEY}-{quantity.key}",
        title=f"{quantity.title}: predicted against measured",
        alt=alt_text,
        caption=alt_text,
        spec=_picture(quantity, [_datum(quantity, each) for each in left], alt_text),
    )


def _datum(quantity: Quantity, left: LeftOut) -> Datum:
    smallest = min(left.measured, left.predicted) / 10
    return {
        "measured": left.measured,
        "predicted": left.predicted,
        "low": max(left.low, smallest),
        "high": min(left.high, max(left.measured, left.predicted) * 10),
        "engine": left.engine,
        "cell": left.point.row.text,
        "without": left.without,
        "value": f"{quantity.text(left.predicted)}, measured {quantity.text(left.measured)}",
        "interval": f"{quantity.text(left.low)} to {quantity.text(left.high)}",
        **trials.each(left.point.row, each=quantity),
    }


def _picture(quantity: Quantity, points: Sequence[Datum], description: str) -> dict[str, Any]:
    ends = [point[end] for point in points for end in ("measured", "predicted")]
    names = ("engine", "cell", "without", "value", "interval")
    measured = _axis(alt.X, "measured", quantity, ends)
    base = alt.Chart(alt.NamedData(name="points")).encode(
        x=measured, tooltip=[alt.Tooltip(f"{name}:N") for name in names]
    )
    engines = list(dict.fromkeys(point["engine"] for point in points))
    colour = colour_of("engine", engines)
    spans = base.mark_rule(strokeWidth=2, opacity=0.5).encode(
        y=_axis(alt.Y, "low", quantity, ends), y2="high:Q", color=colour.legend(None)
    )
    marks = base.mark_point(filled=True, size=75, opacity=1).encode(
        y=_axis(alt.Y, "predicted", quantity, ends),
        color=colour,
        shape=shape_of("engine", engines),
    )
    line = alt.Chart(alt.NamedData(name="corners")).mark_line(strokeWidth=1, opacity=0.6)
    line = line.encode(x=_axis(alt.X, "x", quantity, ends), y=_axis(alt.Y, "y", quantity, ends))
    picture = alt.layer(line, spans, marks).properties(width=420, height=320)
    picture = picture.resolve_legend(color="independent", shape="independent")
    corners = [{"x": end, "y": end} for end in log_domain(ends)]
    drawn = definition(structure(picture), description, points=points, corners=corners)
    room = [*ends, *trials.values(points, "each")]
    single = alt.Chart(alt.NamedData(name="points")).mark_tick(
        orient="vertical", thickness=1.5, size=12, opacity=0.75
    )
    single = single.encode(
        x=_axis(alt.X, "each", quantity, room),
        y=_axis(alt.Y, "predicted", quantity, room),
        color=colour.legend(None),
    )
    return drawn | trials.on_demand(single, points, "each")


def _axis(channel: Any, field: str, quantity: Quantity, ends: Sequence[float]) -> Any:
    """Both axes have the same ends, so that on the diagonal both figures agree."""
    title = f"measured {quantity.title}" if channel is alt.X else "predicted"
    scale = {"type": "log", "nice": False, "domain": log_domain(ends), "clamp": True}
    labels = _PERCENT if quantity.unit is Unit.SHARE else theme.DURATION_LABEL
    return (
        channel(f"{field}:Q", title=title)
        .scale(**scale)
        .axis(labelExpr=labels, values=log_ticks(ends))
    )
