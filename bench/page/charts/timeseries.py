"""Time series within the window of one trial."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from bench.page.charts import theme
from bench.page.charts.chart import Chart, Datum, Section, definition, structure, together
from bench.page.series import MOST_SERIES, Series

KEY = "time-series"
DATASET = "series"
"""Name of the data that the page exchanges when the reader chooses another trial."""
_PERCENT = "format(datum.value, '.3~%')"
_PANELS = {
    "callbacks_hz": ("callbacks/s", theme.COUNT_LABEL, "#0077BB"),
    "ksoftirqd_share": ("ksoftirqd CPU", _PERCENT, "#D55E00"),
    "batch": ("batch", theme.COUNT_LABEL, "#B5508F"),
    "steal": ("steal", _PERCENT, "#8F7000"),
    "connections_hz": ("connections/s", theme.COUNT_LABEL, "#009E73"),
}


def section(found: Sequence[Series]) -> Section:
    """The chart of the trial with the latest p99; the page can show the others."""
    if not found:
        return Section(key=KEY, title=_TITLE, intro="There are no time series beside the records.")
    chosen = max(found, key=lambda series: series.p99_ns)
    return Section(key=KEY, title=_TITLE, intro=_INTRO, groups=together(_chart(chosen)))


_TITLE = "Within a trial"
_INTRO = (
    "About ten points a second within the window, averaged where a page cannot carry them all. "
    "Shown first is the trial with the latest p99; choose any other. Of more than "
    f"{MOST_SERIES} trials these are the ones with the latest p99; samples/ has all."
)


def _chart(series: Series) -> Chart:
    alt_text = f"Time series of {series.name}: {_means(series)}."
    known = [field for field in _PANELS if series.columns[field]]
    panels = [_panel(field, *_PANELS[field], last=field == known[-1]) for field in known]
    picture = structure(alt.vconcat(*panels, spacing=8).resolve_scale(x="shared"))
    return Chart(
        key=KEY,
        title=f"Time series of {series.name}",
        alt=alt_text,
        caption="Seconds since the window opened. batch: callbacks per HRTIMER softirq; "
        "ksoftirqd CPU and steal: shares of all CPUs.",
        spec=definition(picture, alt_text, **{DATASET: series_rows(series)}),
    )


def series_rows(series: Series) -> list[Datum]:
    """One row per point."""
    known = {field: column for field, column in series.columns.items() if column}
    return [
        {"t": t} | {field: column[at] for field, column in known.items()}
        for at, t in enumerate(series.t)
    ]


def _panel(field: str, title: str, labels: str, colour: str, *, last: bool) -> Any:
    """One quantity over the axis that all share; the last panel has its labels."""
    least = 0.01 if labels == _PERCENT else 1
    return (
        alt.Chart(alt.NamedData(name=DATASET), name=field)
        .mark_line(stroke=colour, strokeWidth=2)
        .encode(
            x=alt.X("t:Q", title="s" if last else None)
            .scale(nice=False)
            .axis(
                tickCount=8,
                labels=last,
                ticks=last,
                titleAnchor="end",
                titleAlign="left",
                titleY=10,
                titlePadding=0,
            ),
            # A series of zeros still has a range, so that its line lies at the bottom.
            y=alt.Y(f"{field}:Q", title=title)
            .axis(labelExpr=labels, tickCount=3)
            .scale(domain={"unionWith": [0, least]}),
        )
        .properties(width=theme.WIDTH, height=72)
    )


def _means(series: Series) -> str:
    words = []
    for field, (title, _, _) in _PANELS.items():
        known = [value for value in series.columns[field] or () if value is not None]
        if known:
            words.append(f"{title} from {min(known):.4g} to {max(known):.4g}")
    return ", ".join(words)
