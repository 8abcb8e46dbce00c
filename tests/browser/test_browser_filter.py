"""One selection of cells drives all charts, and what else the reader chose stays chosen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from bench.analysis.findings import findings
from bench.page.charts import percentiles, timeseries
from bench.page.content import Content
from bench.page.write import write_findings
from bench.store.run import read_runs
from tests.browser.opened import Opened
from tests.browser.runs import REAL_RUN, REPOSITORY

OpenPage = Callable[..., Opened]
CONNECTIONS = sorted(REPOSITORY.glob("results/*-connections"))[-1]
"""A published run all of whose cells are of one program."""
SHOWN = """() => [...document.querySelectorAll('figure:not([hidden]) [data-chart]')]
  .map((box) => box.dataset.chart)"""
CHECKED = """() => [...document.querySelectorAll('#curve-choices input:checked')]
  .map((box) => box.parentElement.textContent.trim())"""
DRAWN = """() => {
  const box = document.querySelector('[data-chart=percentile-curves]');
  const lines = (text) => [...text.querySelectorAll('tspan')].map((line) => line.textContent);
  const names = [...box.querySelectorAll('.role-legend-label text')]
    .map((text) => lines(text).join(' ') || text.textContent);
  return [names, box.querySelectorAll('.mark-line.role-mark path').length];
}"""
OFFERED = """() => [...document.querySelectorAll('#series-choice option:not([hidden])')]
  .map((option) => option.textContent)"""


def page_of(run: Path, out: Path) -> tuple[Path, Content]:
    return out / "report.html", write_findings(findings(read_runs([run])), out)


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Content]:
    return page_of(REAL_RUN, tmp_path_factory.mktemp("quick"))


@pytest.fixture(scope="module")
def connections(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Content]:
    return page_of(CONNECTIONS, tmp_path_factory.mktemp("connections"))


def pick(page: Page, text: str) -> None:
    """Type into the filter, and wait until charts have followed."""
    page.fill("#filter", text)
    page.evaluate("pageData.then(() => new Promise((done) => setTimeout(done)))")


def with_cells(content: Content, text: str) -> set[str]:
    """Charts that have a cell whose name has all of the words."""
    found = {
        chart.key: {
            row["cell"] for rows in chart.spec["datasets"].values() for row in rows if "cell" in row
        }
        for chart in content.charts
    }
    found[percentiles.KEY] = {curve.cell for curve in content.found.curves}
    found[timeseries.KEY] = {series.of for series in content.series}
    words = text.split()
    return {
        key
        for key, cells in found.items()
        if any(all(word in cell for word in words) for cell in cells)
    }


def test_a_word_of_all_cells_leaves_every_chart(
    open_page: OpenPage, connections: tuple[Path, Content]
) -> None:
    file, content = connections
    page = open_page(file).page
    pick(page, "tcp")
    assert set(page.evaluate(SHOWN)) == {chart.key for chart in content.charts}


@pytest.mark.parametrize(
    ("run", "text"),
    [("connections", "tcp 300s"), ("connections", "user_gc 1s"), ("quick", "load 5k")],
)
def test_each_chart_that_has_such_cells_stays(
    open_page: OpenPage, run: str, text: str, request: pytest.FixtureRequest
) -> None:
    file, content = request.getfixturevalue(run)
    opened = open_page(file)
    pick(opened.page, text)
    wanted = with_cells(content, text)
    assert {percentiles.KEY, timeseries.KEY, "connections", "ksoftirqd-cpu"} <= wanted
    assert set(opened.page.evaluate(SHOWN)) == wanted
    opened.scroll_through()
    names, lines = opened.page.evaluate(DRAWN)
    assert 0 < len(names) <= lines, "curves of such cells are drawn, whichever were chosen"
    assert opened.complaints == []


def test_a_trial_is_found_by_its_cell(open_page: OpenPage, quick: tuple[Path, Content]) -> None:
    page = open_page(quick[0]).page
    every, before = page.evaluate(OFFERED), page.inner_text("#time-series h4")
    assert ": resident " in before
    pick(page, "tcp")
    offered = page.evaluate(OFFERED)
    assert offered == [name for name in every if ": tcp " in name] != []
    assert page.inner_text("#time-series h4") == f"Time series of {offered[0]}"
    pick(page, "")
    assert page.evaluate(OFFERED) == every
    assert page.inner_text("#time-series h4") == before, "what was chosen is drawn again"


def test_curves_that_are_chosen_below_a_filter_stay(
    open_page: OpenPage, quick: tuple[Path, Content]
) -> None:
    opened = open_page(quick[0])
    page = opened.page
    pick(page, "resident")
    page.click("text=Choose cells")
    page.locator("#curve-choices input:not(:checked):visible").first.check()
    page.locator("#curve-choices input:checked:visible").first.uncheck()
    pick(page, "")
    opened.scroll_through()
    page.wait_for_function(f"new Set(({CHECKED})()).size === ({DRAWN})()[0].length")
    names, _ = page.evaluate(DRAWN)
    assert sorted(names) == sorted(page.evaluate(CHECKED))
    drawn = page.evaluate(
        "document.querySelector('[data-chart=percentile-curves]').view.data('curves')"
        ".map((row) => row.series.replaceAll('\\n', ' '))"
    )
    assert set(drawn) == set(names), "the curves are those of the legend"
    assert opened.complaints == []
