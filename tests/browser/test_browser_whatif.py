"""The calculator says what ``bench estimate`` says; a selection drives charts and the address."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.analysis.findings import findings
from bench.page.charts.chart import Chart
from bench.page.content import content_of
from bench.page.write import write_findings
from bench.record import RunHeader, TrialRecord
from bench.store.run import Run
from bench.whatif.answer import what_if
from bench.whatif.terms import Demand
from tests.browser.opened import Opened
from tests.unit.conftest import header as header
from tests.unit.conftest import make_cell as make_cell
from tests.unit.conftest import make_record as make_record
from tests.unit.conftest import sweep as sweep
from tests.unit.whatif.conftest import connections as connections

OpenPage = Callable[..., Opened]
OPEN = "document.querySelectorAll('details').forEach((each) => (each.open = true))"


@pytest.fixture
def run(header: RunHeader, connections: Callable[..., list[TrialRecord]], tmp_path: Path) -> Run:
    return Run(header=header, records=connections(noise=0.03), path=tmp_path, name="vm")


@pytest.fixture
def page(run: Run, tmp_path: Path) -> Path:
    write_findings(findings([run]), tmp_path / "page")
    return tmp_path / "page" / "report.html"


def test_the_calculator_says_what_the_command_says(
    open_page: OpenPage, page: Path, run: Run
) -> None:
    opened = open_page(page)
    opened.page.fill("input[name=load]", "5k")
    opened.page.fill("input[name=timeout]", "100s")
    assert "500k live, 5k expiries/s" in opened.page.inner_text("#whatif-status")
    rows = opened.page.locator("#whatif-answer tbody tr").all_text_contents()
    found = what_if(findings([run]).rows, Demand(5_000, 100e9))
    assert len(rows) == len(found.engines) > 1
    for text, engine in zip(rows, found.engines, strict=True):
        assert text.startswith(engine.name)
        for figure in engine.figures:
            if figure.predicted:
                assert figure.quantity.text(figure.predicted.value) in text
                assert figure.quantity.text(figure.predicted.low) in text
    assert opened.complaints == [] and opened.requests == []


def test_the_calculator_refuses_what_was_not_measured(open_page: OpenPage, page: Path) -> None:
    opened = open_page(page)
    opened.page.fill("input[name=load]", "20k")
    for text in opened.page.locator("#whatif-answer tbody tr").all_text_contents():
        assert "20k connections/s is outside of what the run measured, 2k to 10k" in text
    opened.page.fill("input[name=timeout]", "soon")
    assert "Write a rate" in opened.page.inner_text("#whatif-status")


def test_one_selection_drives_charts_tables_and_address(open_page: OpenPage, page: Path) -> None:
    opened = open_page(page)
    opened.page.evaluate(OPEN)
    opened.scroll_through()
    every = opened.page.locator("figure:not([hidden])").count()
    opened.page.fill("#filter", "user_gc 300s")
    assert opened.page.evaluate("location.hash") == "#cells=user_gc%20300s"
    assert opened.page.inner_text("#filter-count") == "1 of 10 cells"
    assert 0 < opened.page.locator("figure:not([hidden])").count() < every
    again = open_page(page)
    again.page.goto(f"{page.as_uri()}#cells=user_gc%20300s")
    assert again.page.input_value("#filter") == "user_gc 300s"
    assert again.page.inner_text("#filter-count") == "1 of 10 cells"
    opened.page.fill("#filter", "")
    assert opened.page.locator("figure:not([hidden])").count() == every
    assert opened.complaints == []


def test_trials_behind_the_medians_are_drawn_on_demand(
    open_page: OpenPage, page: Path, run: Run
) -> None:
    charts = [chart for chart in content_of(findings([run])).charts if chart.has_trials]
    kinds = ("engine-decision", "fired-against-", "lateness-against-", "what-if-", "alternatives-")
    assert all(any(chart.key.startswith(kind) for chart in charts) for kind in kinds)
    opened = open_page(page)
    opened.page.evaluate(OPEN)
    for drawn in (True, False):
        opened.page.set_checked("#single-trials", drawn)
        opened.scroll_through()
        for chart in charts:
            wanted = len(trials_of(chart)) if drawn else 0
            inside = opened.page.evaluate(INSIDE, [chart.key, len(chart.spec["layer"])])
            assert inside == [True] * wanted, chart.key
    assert opened.complaints == []


INSIDE = """([key, layer]) => {
  const svg = document.querySelector(`[data-chart="${key}"] svg`);
  const { left, right, top, bottom } = svg.getBoundingClientRect();
  return [...svg.querySelectorAll(`.layer_${layer}_marks path`)].map((path) => {
    const box = path.getBoundingClientRect();
    return left <= box.left && box.right <= right && top <= box.top && box.bottom <= bottom;
  });
}"""
"""Whether each mark of a layer is within its chart."""


def trials_of(chart: Chart) -> list[float]:
    """A figure of each single trial."""
    rows = [row for rows in chart.spec["datasets"].values() for row in rows]
    return [value for row in rows for value in row.get("each", row.get("each_x", ()))]
