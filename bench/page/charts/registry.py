"""The sections of a page that are made of charts, in their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.analysis.cell_rows import CellRow
from bench.analysis.curves import Curve
from bench.page.charts import (
    ageing,
    alternatives,
    decision,
    heatmap,
    overhead,
    own,
    percentiles,
    places,
    rate,
    timeseries,
    whatif,
)
from bench.page.charts.chart import Section
from bench.page.series import Series


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What charts are made from.

    Attributes:
        rows: All cells; ``plain`` are those that are no controls.
        curves: Percentile curves that can be chosen.
        series: Time series that can be chosen.
    """

    rows: Sequence[CellRow]
    plain: Sequence[CellRow]
    curves: Sequence[Curve]
    series: Sequence[Series]


SECTIONS: tuple[Callable[[Material], Section], ...] = (
    lambda m: decision.section(m.plain),
    lambda m: whatif.section(m.plain),
    lambda m: heatmap.section(m.plain),
    lambda m: rate.fired(m.plain),
    lambda m: rate.lateness(m.plain),
    lambda m: percentiles.section(m.curves, len(m.plain)),
    lambda m: places.stages(m.rows),
    lambda m: places.venues(m.plain),
    lambda m: overhead.section(m.rows),
    lambda m: overhead.connections(m.rows),
    lambda m: alternatives.section(m.plain),
    lambda m: own.section(m.plain),
    lambda m: ageing.section(m.series),
    lambda m: timeseries.section(m.series),
)
