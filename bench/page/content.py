"""Everything a page shows, gathered from runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench.analysis.cell_rows import names_of
from bench.analysis.findings import Findings
from bench.page import recording
from bench.page.calculator import calculator
from bench.page.charts.chart import Chart, Group, Section
from bench.page.charts.registry import SECTIONS, Material
from bench.page.grid import Grid, numbers, outliers, overheads, own, tails
from bench.page.series import Series, all_series
from bench.page.validity import Validity, validity


@dataclass(frozen=True, slots=True)
class Content:
    """One page.

    Attributes:
        found: What the records say.
        sections: Parts made of charts, in order.
        series: Time series to choose from.
        calculator: Models that the reader can ask; None where none holds.
        numbers: Every quantity of every cell.
        own: What programs and engines measured themselves; no rows without any.
        overheads: Cells against their controls; no rows without any.
        tails: High percentiles of all callbacks of a cell; no rows without any.
        outliers: The latest callbacks; no rows where none were recorded.
    """

    found: Findings
    validity: Validity
    sections: tuple[Section, ...]
    series: tuple[Series, ...]
    calculator: dict[str, Any] | None
    numbers: Grid
    own: Grid
    overheads: Grid
    tails: Grid
    outliers: Grid

    @property
    def charts(self) -> list[Chart]:
        """All charts in order."""
        return [chart for section in self.sections for chart in section.charts]

    @property
    def single_trials(self) -> bool:
        """Whether any chart can show the trials behind its points."""
        return any(chart.has_trials for chart in self.charts)


def content_of(found: Findings) -> Content:
    """Gather; reads the time series of all trials from disk."""
    names = names_of(found.rows)
    material = Material(
        rows=found.rows,
        plain=found.plain,
        curves=found.curves,
        series=all_series(found.measured, names),
    )
    return Content(
        found=found,
        validity=validity(found),
        sections=_distinct(
            recording.sections(material)
            if found.recorded
            else [section(material) for section in SECTIONS]
        ),
        series=tuple(material.series),
        calculator=calculator(found.plain),
        numbers=recording.numbers(found.runs) if found.recorded else numbers(found.rows),
        own=own(found.rows),
        overheads=overheads(found.effects, names),
        tails=tails(found.tails),
        outliers=outliers(found.measured, names),
    )


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
