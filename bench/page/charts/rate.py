"""Fired against offered rate, and lateness against offered rate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import altair as alt

from bench.analysis.cell_rows import CellRow
from bench.analysis.knees import LEAST_LEFT, MOST_MISSED
from bench.analysis.named_knees import NamedKnee, batch_text, between, ceiling
from bench.page.charts import points, theme
from bench.page.charts.chart import Chart, Datum, Section, together
from bench.quantities.callbacks import FIRED, OFFERED, P50, P99, P999
from bench.spec import Engine
from bench.units import format_count, format_percent
from bench.words.plurals import counted
from bench.words.text import slug

FIRED_KEY = "fired-against-offered"
LATENESS_KEY = "lateness-against-offered"
_NOTHING = "This run has no cell with a known rate of offered callbacks."


def fired(rows: Sequence[CellRow]) -> Section:
    """How many of the offered callbacks run, with the knee."""
    found = points.data(rows, FIRED, points.series_names(rows))
    charts = [_fired_chart(rows, found)] if found else []
    return Section(
        key="throughput",
        title="Throughput",
        intro=_FIRED_INTRO if found else _NOTHING,
        groups=together(*charts),
    )


_FIRED_INTRO = (
    "On the dashed line every callback that is due runs. Points below it fall behind: timers "
    "that re-arm themselves then skip periods."
)


def _fired_chart(rows: Sequence[CellRow], found: Sequence[Datum]) -> Chart:
    top = ceiling([row for row in rows if row.cell.engine is Engine.BPF_TIMER] or rows)
    band = _band(top)
    low, high = min(p["x"] for p in found), max(p["x"] for p in found)
    served = [{"x": low, "y": low}, {"x": high, "y": high}]
    line = alt.Chart(alt.NamedData(name="served")).mark_line(
        stroke="currentColor", strokeDash=[5, 4], opacity=0.6, strokeWidth=1.5
    )
    line = line.encode(x="x:Q", y="y:Q")
    look = points.Look(
        title="fired per second",
        labels=theme.COUNT_LABEL,
        also=[high],
        below=[*_knee_layers(), line] if band else [line],
    )
    cells = counted(len(found), "cell")
    alt_text = f"Callbacks fired per second against offered, {cells}. {_knee_text(top)}"
    return Chart(
        key=FIRED_KEY,
        title="Callbacks fired against offered",
        alt=alt_text,
        caption=f"{_knee_text(top)} Both axes are logarithmic; bars span "
        "the interval or range over trials.",
        spec=points.picture(found, alt_text, look, served=served, knee=band),
    )


def _knee_text(found: NamedKnee | None) -> str:
    if found is None:
        return "No cell is known to saturate the host or not."
    knee = found.knee
    if knee.below_hz is None:
        return "The host was saturated at the lowest rate of every kind of cells."
    if knee.at_hz is None:
        top = format_count(knee.below_hz)
        return (
            f"No knee: the host was not saturated up to {top}/s ({found.name}{batch_text(knee)})."
        )
    missed, idle = format_percent(MOST_MISSED), format_percent(LEAST_LEFT)
    return (
        f"The knee is {between(knee)} ({found.name}{batch_text(knee)} below it): from there more "
        f"than {missed} of the periods were missed, or less than {idle} of CPU time was left."
    )


def _band(found: NamedKnee | None) -> list[Datum]:
    """Between which rates the knee lies; empty without one."""
    if found is None or found.knee.below_hz is None or found.knee.at_hz is None:
        return []
    low, high = found.knee.below_hz, found.knee.at_hz
    text = f"falls behind: {format_count(low)} to {format_count(high)}/s"
    return [{"low": low, "high": high, "text": text}]


def _knee_layers() -> list[Any]:
    base = alt.Chart(alt.NamedData(name="knee"))
    band = base.mark_rect(fill="#8F7000", fillOpacity=0.16).encode(x="low:Q", x2="high:Q")
    edge = base.mark_rule(stroke="#8F7000", strokeWidth=1.5).encode(x="high:Q")
    name = base.mark_text(align="right", dx=-6, y=theme.HEIGHT - 12, baseline="middle").encode(
        x="high:Q", text="text:N"
    )
    return [band, edge, name]


def lateness(rows: Sequence[CellRow]) -> Section:
    """How lateness grows with the rate: one chart per slice that has several rates."""
    by_name: dict[str, list[CellRow]] = {}
    for row, name in zip(rows, _lateness_groups(rows), strict=True):
        by_name.setdefault(name, []).append(row)
    charts = [c for name, group in by_name.items() if (c := _lateness_chart(name, group))]
    return Section(
        key="lateness",
        title="Lateness against offered rate",
        intro=_LATENESS_INTRO if charts else _NOTHING,
        groups=together(*charts),
    )


_LATENESS_INTRO = (
    "Lateness is callback time minus programmed expiry. Each column of points is one cell. Past "
    "the knee lateness is that of a queue that never empties, and says nothing about the timer."
)


def _lateness_groups(rows: Sequence[CellRow]) -> list[str]:
    """The slice of each row; where the load alone makes the rate, slices are joined."""
    sizes = Counter(row.slice_text for row in rows)
    return [
        row.slice_text if sizes[row.slice_text] > 1 else f"{row.cell.program}, {row.cell.engine}"
        for row in rows
    ]


def _lateness_chart(name: str, rows: Sequence[CellRow]) -> Chart | None:
    found = []
    for column in (P50, P99, P999):
        for point in points.data(rows, column, {row.slice_text: name for row in rows}):
            found.append(point | {"percentile": column.goal})
    if not found:
        return None
    look = points.Look(title="lateness", labels=theme.DURATION_LABEL, key="percentile")
    alt_text = f"Lateness against offered rate, {name}: {_range(rows)}."
    return Chart(
        key=f"{LATENESS_KEY}-{slug(name)}",
        title=f"Lateness against offered rate: {name}",
        alt=alt_text,
        caption="Median, p99 and p99.9 of each cell; bars span the interval or range over trials.",
        spec=points.picture(found, alt_text, look),
    )


def _range(rows: Sequence[CellRow]) -> str:
    known = [(o.median, e.median) for r in rows if (o := r.get(OFFERED)) and (e := r.get(P50))]
    (low, first), (high, last) = min(known), max(known)
    return (
        f"the median is {P50.text(first)} at {format_count(low)}/s and {P50.text(last)} at "
        f"{format_count(high)}/s"
    )
