"""Everything a page shows, gathered from runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.report.columns import P99
from bench.report.page.charts.chart import Chart, Group, Section
from bench.report.page.charts.registry import SECTIONS, Material
from bench.report.page.curves import Curve, curves
from bench.report.page.effects import effects
from bench.report.page.grid import Grid, numbers, outliers, overheads
from bench.report.page.headline import Sentence, answer
from bench.report.page.series import Series, all_series, series_name
from bench.report.page.source import Source
from bench.report.page.tidy import tidy
from bench.report.page.validity import Validity, validity


@dataclass(frozen=True, slots=True)
class Content:
    """One page.

    Attributes:
        answer: Five sentences.
        sections: Parts made of charts, in order.
        curves: Percentile curves to choose from.
        series: Time series to choose from.
        numbers: Every quantity of every cell.
        overheads: Cells against their controls; no rows without any.
        outliers: The latest callbacks; no rows where none were recorded.
    """

    sources: tuple[Source, ...]
    answer: tuple[Sentence, ...]
    validity: Validity
    sections: tuple[Section, ...]
    curves: tuple[Curve, ...]
    series: tuple[Series, ...]
    numbers: Grid
    overheads: Grid
    outliers: Grid

    @property
    def charts(self) -> list[Chart]:
        """All charts in order."""
        return [chart for section in self.sections for chart in section.charts]


def content_of(sources: Sequence[Source]) -> Content:
    """Gather; reads the time series of all trials from disk."""
    measured = [source for source in sources if source.measured]
    rows = tidy(measured)
    plain = [row for row in rows if row.cell.control is None]
    compared = effects(measured)
    material = Material(
        rows=rows,
        plain=plain,
        curves=curves(plain),
        series=all_series(measured),
        first=_latest(measured),
    )
    return Content(
        sources=tuple(sources),
        answer=answer(rows, compared),
        validity=validity(sources, compared),
        sections=_distinct([section(material) for section in SECTIONS]),
        curves=tuple(material.curves),
        series=tuple(material.series),
        numbers=numbers(rows),
        overheads=overheads(compared),
        outliers=outliers(measured),
    )


def _latest(sources: Sequence[Source]) -> str:
    """Name of the series of the trial with the latest p99."""
    known = [(p99, s, r) for s in sources for r in s.records if (p99 := P99.value(r)) is not None]
    if not known:
        return ""
    _, source, record = max(known, key=lambda item: item[0])
    return series_name(source, record.trial, several=len(sources) > 1)


def _distinct(sections: Sequence[Section]) -> tuple[Section, ...]:
    """The sections with keys of charts made unique: they are anchors and file names."""
    seen: set[str] = set()

    def renamed(chart: Chart) -> Chart:
        key, number = chart.key, 2
        while key in seen:
            key, number = f"{chart.key}-{number}", number + 1
        seen.add(key)
        return replace(chart, key=key)

    def group(item: Group) -> Group:
        return replace(item, charts=[renamed(chart) for chart in item.charts])

    return tuple(replace(s, groups=[group(item) for item in s.groups]) for s in sections)
