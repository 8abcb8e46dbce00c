"""All tables and charts of a page call a cell alike, so that one selection drives them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bench.analysis.findings import findings
from bench.page.charts import percentiles, timeseries
from bench.page.charts.chart import Chart
from bench.page.content import content_of
from bench.record import TrialRecord
from bench.spec import Cell, Engine
from bench.store.run import read_runs
from tests.unit.runs_on_disk import WriteRun, with_histogram

CHOSEN = (percentiles.KEY, timeseries.KEY)
"""Charts of what the reader chooses, which have names beside their data."""


def cells_of(chart: Chart) -> set[str]:
    rows = [row for rows in chart.spec["datasets"].values() for row in rows]
    return {row["cell"] for row in rows if "cell" in row}


def test_cells_have_the_names_of_the_table_everywhere(
    write_run: WriteRun, records: list[TrialRecord], make_record: Callable[..., TrialRecord]
) -> None:
    other: Cell = replace(records[0].cell, engine=Engine.TIMERFD)
    found = [*records, *(make_record(n, cell=other, block=n - 20) for n in (21, 22))]
    found = [with_histogram(each, range(1, 2_000)) if each.lateness else each for each in found]
    content = content_of(findings(read_runs([write_run(found, series=True)])))
    names = {row[0].text for row in content.numbers.rows}
    for chart in content.charts:
        assert cells_of(chart) <= names, chart.key
        assert cells_of(chart) or chart.key in CHOSEN, chart.key
    assert content.series and {each.of for each in content.series} <= names
    assert content.found.curves and {each.cell for each in content.found.curves} <= names
    tables = (content.own, content.overheads, content.tails, content.outliers)
    assert {row[0].text for table in tables for row in table.rows} <= names


def test_a_trial_is_chosen_by_its_cell_and_the_latest_is_drawn_first(
    write_run: WriteRun, records: list[TrialRecord]
) -> None:
    content = content_of(findings(read_runs([write_run(records, series=True)])))
    names = {each.name for each in content.series}
    assert "trial 1: resident 1k x 100ms, load 0" in names
    [chart] = [chart for chart in content.charts if chart.key == timeseries.KEY]
    latest = max(content.series, key=lambda each: each.p99_ns)
    assert chart.title == f"Time series of {latest.name}"
