"""The sections of a page that are made of charts, in their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.report.page.charts import (
    alternatives,
    heatmap,
    overhead,
    percentiles,
    places,
    rate,
)
from bench.report.page.charts.chart import Section
from bench.report.page.tidy import Row

SECTIONS: tuple[Callable[[Sequence[Row]], Section], ...] = (
    heatmap.section,
    rate.fired,
    rate.lateness,
    percentiles.section,
    places.stages,
    places.venues,
    overhead.section,
    overhead.connections,
    alternatives.section,
)
