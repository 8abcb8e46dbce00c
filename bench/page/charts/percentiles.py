"""Percentile curves with a logarithmic tail, as HdrHistogram's plots have them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from bench.analysis.curves import MOST_CURVES, Curve
from bench.page.charts import theme
from bench.page.charts.chart import Chart, Datum, Section, definition, structure, together
from bench.page.charts.kinds import hue_of
from bench.page.charts.lines import LONGEST_IN_LEGEND, SPLIT, in_lines
from bench.page.charts.ticks import log_ticks
from bench.units import format_duration
from bench.words.plurals import counted

KEY = "percentile-curves"
DATASET = "curves"
"""Name of the data that the page exchanges when the reader chooses other cells."""

_PERCENTILE_LABEL = (
    "datum.value >= 0.999 ? '0%' : format(100 * (1 - datum.value), '.'"
    " + max(0, ceil(-log(datum.value) / LN10 - 2.0001)) + 'f') + '%'"
)


def section(found: Sequence[Curve], cells: int, *, of: str = "cell") -> Section:
    """The chart, with the best, the worst and some cells between as a first choice.

    Args:
        found: Curves that can be chosen.
        cells: Of how many cells.
        of: What these are called.
    """
    return Section(
        key="percentiles",
        title="Percentiles",
        intro=_INTRO if found else "No cell has a histogram of lateness with a p99.",
        groups=together(_chart(found)) if found else [],
        notes=[_left_out(found, cells, of)] if len(found) == MOST_CURVES else [],
    )


_INTRO = (
    "How late the latest share of callbacks is: to the right each grid line is a tenth of the "
    "share before. A curve ends where fewer than ten callbacks lie beyond. The lines are all "
    "trials of a cell together; the shade is its lowest to its highest trial."
)


def _left_out(found: Sequence[Curve], cells: int, of: str) -> str:
    return f"{len(found)} of {counted(cells, of)} can be chosen, evenly picked by their p99."


def name_of(curve: Curve) -> str:
    """What its legend calls it, in lines: a legend cuts what is longer than its chart is wide."""
    return in_lines(curve.label, LONGEST_IN_LEGEND)


def curve_rows(curve: Curve) -> list[Datum]:
    """One row per percentile."""
    return [
        {
            "series": name_of(curve),
            "beyond": point.beyond,
            "y": max(point.ns, 1),
            "low": max(point.low_ns, 1),
            "high": max(point.high_ns, 1),
            "percentile": f"p{100 * (1 - point.beyond):.6g}",
            "lateness": format_duration(point.ns),
        }
        for point in curve.points
    ]


def _chart(found: Sequence[Curve]) -> Chart:
    chosen = [curve for curve in found if curve.chosen]
    alt_text = f"Percentile curves of lateness: {'; '.join(map(_last, chosen))}."
    every = [max(point.ns, 1) for curve in found for point in curve.points]
    picture = _picture([name_of(curve) for curve in chosen], hues(found, chosen), log_ticks(every))
    rows = [row for curve in chosen for row in curve_rows(curve)]
    return Chart(
        key=KEY,
        title="Lateness by percentile",
        alt=alt_text,
        caption="Both axes are logarithmic. Compare curves where both exist: a shorter one "
        "has fewer callbacks, not a better tail.",
        spec=definition(structure(picture), alt_text, **{DATASET: rows}),
    )


def hues(found: Sequence[Curve], chosen: Sequence[Curve]) -> list[str]:
    """A colour of each: that of its engine where there are several, whose dashes then differ."""
    if len({curve.engine for curve in found}) > 1:
        return [hue_of(curve.engine) for curve in chosen]
    return [theme.PALETTE[place % len(theme.PALETTE)] for place, _ in enumerate(chosen)]


def _last(curve: Curve) -> str:
    point = curve.points[-1]
    percent = f"{100 * (1 - point.beyond):.6g}"
    return f"{curve.label} reaches {format_duration(point.ns)} at p{percent}"


def _picture(names: list[str], colours: list[str], ticks: list[float]) -> Any:
    base = alt.Chart(alt.NamedData(name=DATASET)).encode(
        x=alt.X("beyond:Q", title="percentile")
        .scale(type="log", reverse=True, nice=False)
        .axis(labelExpr=_PERCENTILE_LABEL, values=[10**-n for n in range(9)], labelOverlap=True),
        tooltip=[alt.Tooltip(f"{name}:N") for name in ("series", "percentile", "lateness")],
    )
    lateness = (
        alt.Y("y:Q", title="lateness")
        .scale(type="log")
        .axis(labelExpr=theme.DURATION_LABEL, values=ticks)
    )
    # With one domain, colour and dash share their legend.
    named = alt.Legend(labelExpr=SPLIT, labelLimit=0)
    colour = alt.Color("series:N", title=None, legend=named)
    colour = colour.scale(domain=names, range=colours)
    dash = alt.StrokeDash("series:N", title=None, legend=named)
    dash = dash.scale(domain=names, range=list(theme.DASHES))
    unnamed = {"color": colour.legend(None)}
    band = base.mark_area(opacity=0.14).encode(
        y=alt.Y("low:Q", title="lateness"), y2="high:Q", tooltip=alt.value(None), **unnamed
    )
    line = base.mark_line(strokeWidth=2).encode(y=lateness, color=colour, strokeDash=dash)
    hover = base.mark_point(size=90, opacity=0, filled=True).encode(y=lateness, **unnamed)
    picture = alt.layer(band, line, hover)
    picture = picture.properties(width=theme.WIDTH, height=theme.HEIGHT + 40)
    return picture.resolve_legend(color="independent", strokeDash="independent")
