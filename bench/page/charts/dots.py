"""Dots with intervals, one line per cell: shared by controls, connections and alternatives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import altair as alt

from bench.analysis.cell_rows import CellRow
from bench.analysis.estimate import Estimate
from bench.analysis.figure_text import median_text, spread_text
from bench.page.charts import theme, trials
from bench.page.charts.chart import Datum, definition, structure
from bench.page.charts.kinds import colour_of, shape_of
from bench.page.charts.lines import in_lines, legend_offset, named_above, row_height
from bench.page.charts.ticks import log_domain, log_ticks
from bench.quantities.quantity import Quantity

_TOOLTIP = ("line", "kind", "value", "spread")


class Valued(Protocol):
    """Anything that has quantities: a row of a page, a host of a fleet."""

    @property
    def flagged(self) -> bool: ...  # noqa: D102

    def get(self, column: Quantity) -> Estimate | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Dot:
    """One dot.

    Attributes:
        line: The line it is on.
        kind: What kind of thing it is.
        spread: What its ends are, if not those of an estimate over trials.
        quantity: Its own, in a chart that has several; else it is the chart's.
    """

    line: str
    kind: str
    row: Valued
    spread: str = ""
    quantity: Quantity | None = None

    def estimate(self, of_chart: Quantity) -> Estimate | None:
        """Its value; None if it has none."""
        return self.row.get(self.quantity or of_chart)


def dots(
    found: Sequence[Dot], quantity: Quantity, description: str, *, labels: str, log: bool = False
) -> dict[str, Any]:
    """Definition of the dots that have a value; kinds differ by colour and shape."""
    rows = [datum for dot in found if (datum := _datum(dot, quantity, log=log))]
    lines = list(dict.fromkeys(row["row"] for row in rows))
    kinds = list(dict.fromkeys(dot.kind for dot in found))
    ends = [row[end] for row in rows for end in ("low", "x", "high")]
    colours = colour_of("kind", kinds)
    legend = (
        alt.Legend(
            columns=theme.LEGEND_COLUMNS, direction="horizontal", offset=legend_offset(lines)
        )
        if len(kinds) > 1
        else None
    )
    y = named_above(alt.Y("row:N", sort=lines, title=None))
    base = alt.Chart(alt.NamedData(name="dots")).encode(
        y=y,
        tooltip=[alt.Tooltip(f"{name}:N") for name in _TOOLTIP],
    )
    spans = base.mark_rule(strokeWidth=2.5, opacity=0.55).encode(
        x=_x("low", quantity, ends, labels, log=log), x2="high:Q", color=colours.legend(None)
    )
    marks = base.mark_point(filled=True, size=85, opacity=1).encode(
        x=_x("x", quantity, ends, labels, log=log),
        color=colours.legend(legend),
        shape=shape_of("kind", kinds).legend(legend),
    )
    height = len(lines) * row_height(lines)
    picture = alt.layer(spans, marks).properties(width=theme.WIDTH - 60, height=height)
    picture = picture.resolve_legend(color="independent", shape="independent")
    room = [*ends, *trials.values(rows, "each")]
    single = alt.Chart(alt.NamedData(name="dots")).mark_tick(thickness=1.5, size=12, opacity=0.75)
    single = single.encode(
        x=_x("each", quantity, room, labels, log=log), y=y, color=colours.legend(None)
    )
    drawn = definition(structure(picture), description, dots=rows)
    return drawn | trials.on_demand(single, rows, "each")


def _x(field: str, quantity: Quantity, ends: Sequence[float], labels: str, *, log: bool) -> Any:
    x = alt.X(f"{field}:Q", title=quantity.title)
    if not log:
        least = min(0.0, *ends) if ends else 0.0
        return x.scale(domainMin=least, nice=True).axis(labelExpr=labels, tickCount=6)
    x = x.scale(type="log", nice=False, domain=log_domain(ends))
    return x.axis(labelExpr=labels, values=log_ticks(ends))


def _datum(dot: Dot, quantity: Quantity, *, log: bool) -> Datum | None:
    estimate = dot.estimate(quantity)
    if estimate is None or (log and estimate.low <= 0):
        return None
    return {
        "line": dot.line,
        "row": in_lines(dot.line),
        "kind": dot.kind,
        "x": estimate.median,
        "low": estimate.low,
        "high": estimate.high,
        "value": median_text(quantity, estimate, flagged=dot.row.flagged),
        "spread": dot.spread or spread_text(quantity, estimate),
        **_of_cell(dot, quantity, log=log),
    }


def _of_cell(dot: Dot, quantity: Quantity, *, log: bool) -> Datum:
    """What a cell has and a host of a fleet has not: its name in the page, and trials."""
    if not isinstance(dot.row, CellRow):
        return {}
    return {"cell": dot.row.text, **trials.each(dot.row, log=log, each=dot.quantity or quantity)}
