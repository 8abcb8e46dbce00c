"""What the page of recordings has: the charts of one observation, in words without trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bench.analysis.recorded import (
    ONE_OBSERVATION,
    Watched,
    how_recorded,
    known_quantities,
    lasted,
    steal_text,
    watched,
)
from bench.page.charts import percentiles, places, timeseries
from bench.page.charts.chart import Chart, Group, Section
from bench.page.charts.registry import Material
from bench.page.grid import Field, Grid, Heading
from bench.quantities.quantity import Quantity
from bench.store.run import Run

_PERCENTILES = (
    "How late the latest share of callbacks is: to the right each grid line is a tenth of the "
    "share before. A curve ends where fewer than ten callbacks lie beyond. Each line is all "
    "callbacks of a map."
)
_OVER_TIME = (
    "A point for each interval, averaged where a page cannot carry them all. Shown first is the "
    "map with the latest p99; choose any other."
)


def sections(material: Material) -> list[Section]:
    """Percentiles, venues, and what was seen over time."""
    drawn = percentiles.section(material.curves, len(material.plain), of="map")
    venues = places.venues(material.plain, of="map")
    series = timeseries.section(material.series)
    return [
        _reworded(drawn, intro=_PERCENTILES, nothing="No map fired often enough for a p99."),
        _reworded(
            venues,
            nothing="No timer fired.",
            caption="Shares of all callbacks whose venue was recorded.",
        ),
        _reworded(
            replace(series, title="Over time"),
            intro=_OVER_TIME,
            nothing="There are no time series beside the records.",
            caption="Seconds since the recording began. steal: share of all CPUs.",
        ),
    ]


def _reworded(section: Section, *, nothing: str, intro: str = "", caption: str = "") -> Section:
    def told(chart: Chart) -> Chart:
        return replace(chart, caption=caption or chart.caption)

    def group(item: Group) -> Group:
        return replace(item, charts=[told(chart) for chart in item.charts])

    return replace(
        section,
        intro=(intro or section.intro) if section.groups else nothing,
        groups=[group(item) for item in section.groups],
    )


def numbers(runs: Sequence[Run]) -> Grid:
    """A row for each map."""
    maps = watched(runs)
    columns = known_quantities(maps)
    headings = [Heading("map", numeric=False)]
    headings += [Heading(column.title, column.meaning) for column in columns]
    rows = [[Field(each.name), *(_field(each, column) for column in columns)] for each in maps]
    return Grid("numbers", "What was seen of each map", headings, rows)


def _field(each: Watched, quantity: Quantity) -> Field:
    return Field(each.text(quantity), sort=quantity.value(each.record))


def words() -> dict[str, Any]:
    """What the template of recordings asks for besides."""
    return {
        "series_of": "Map",
        "curves_of": "maps",
        "one_observation": ONE_OBSERVATION,
        "how_recorded": how_recorded,
        "columns_of": lambda runs: known_quantities(watched(runs)),
        "lasted": lasted,
        "steal_text": steal_text,
    }
