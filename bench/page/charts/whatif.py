"""How well a run's cost model predicts what it was not shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from bench.analysis.cell_rows import CellRow
from bench.page.charts import theme
from bench.page.charts.chart import Chart, Datum, Section, definition, structure, together
from bench.page.charts.kinds import colour_of, shape_of
from bench.page.charts.ticks import log_domain, log_ticks
from bench.quantities.quantity import Quantity, Unit
from bench.units import format_percent
from bench.whatif.check import LEAST_INSIDE, MOST_ERROR, Check, LeftOut, checks
from bench.whatif.points import engine_points
from bench.words.cells import cell_text
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
        spec=definition(
            _picture(quantity, left),
            alt_text,
            points=[_datum(quantity, each) for each in left],
            corners=[{"x": end, "y": end} for end in log_domain(_ends(left))],
        ),
    )


def _ends(left: Sequence[LeftOut]) -> list[float]:
    return [end for each in left for end in (each.measured, each.predicted)]


def _datum(quantity: Quantity, left: LeftOut) -> Datum:
    smallest = min(left.measured, left.predicted) / 10
    return {
        "measured": left.measured,
        "predicted": left.predicted,
        "low": max(left.low, smallest),
        "high": min(left.high, max(left.measured, left.predicted) * 10),
        "engine": left.engine,
        "cell": cell_text(left.point.row.cell),
        "without": left.without,
        "value": f"{quantity.text(left.predicted)}, measured {quantity.text(left.measured)}",
        "interval": f"{quantity.text(left.low)} to {quantity.text(left.high)}",
    }


def _picture(quantity: Quantity, left: Sequence[LeftOut]) -> dict[str, object]:
    ends = _ends(left)
    domain = log_domain(ends)
    labels = _PERCENT if quantity.unit is Unit.SHARE else theme.DURATION_LABEL
    engines = list(dict.fromkeys(each.engine for each in left))

    def axis(channel: Any, field: str, title: str) -> Any:
        scale = channel(f"{field}:Q", title=title).scale(
            type="log", nice=False, domain=domain, clamp=True
        )
        return scale.axis(labelExpr=labels, values=log_ticks(ends))

    names = ("engine", "cell", "without", "value", "interval")
    base = alt.Chart(alt.NamedData(name="points")).encode(
        x=axis(alt.X, "measured", f"measured {quantity.title}"),
        tooltip=[alt.Tooltip(f"{name}:N") for name in names],
    )
    colour = colour_of("engine", engines)
    spans = base.mark_rule(strokeWidth=2, opacity=0.5).encode(
        y=axis(alt.Y, "low", "predicted"), y2="high:Q", color=colour.legend(None)
    )
    marks = base.mark_point(filled=True, size=75, opacity=1).encode(
        y=axis(alt.Y, "predicted", "predicted"),
        color=colour,
        shape=shape_of("engine", engines),
    )
    line = alt.Chart(alt.NamedData(name="corners")).mark_line(strokeWidth=1, opacity=0.6)
    line = line.encode(
        x=axis(alt.X, "x", f"measured {quantity.title}"), y=axis(alt.Y, "y", "predicted")
    )
    picture = alt.layer(line, spans, marks).properties(width=420, height=320)
    return structure(picture.resolve_legend(color="independent", shape="independent"))
