"""Pages of all published runs: no chart is wider than its place, no two labels of one are equal."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.analysis.findings import findings
from bench.page.bundle import libraries
from bench.page.write import write_findings
from bench.publish.report_page import LIBRARY, write_report_page
from bench.store.run import read_runs
from tests.browser.opened import Opened
from tests.browser.runs import REAL_RUN, REPOSITORY

OpenPage = Callable[..., Opened]
OPEN = "document.querySelectorAll('details').forEach((each) => (each.open = true))"
WIDER = """() => [...document.querySelectorAll('[data-chart] svg')]
  .filter((svg) => svg.getBoundingClientRect().width > svg.closest('.scroll').clientWidth + 1)
  .map((svg) => svg.closest('[data-chart]').dataset.chart)"""
LABELS = """() => [...document.querySelectorAll('[data-chart]')].flatMap((box) =>
  [...box.querySelectorAll('.role-axis-label')].map((axis) => [
    box.dataset.chart, [...axis.querySelectorAll('text')]
      .filter((text) => text.getAttribute('opacity') !== '0').map((text) => text.textContent)]))"""
NUMERIC = """() => [...document.querySelectorAll('[data-chart]')].flatMap((box) => {
  let scale = null;
  try { scale = box.view.scale('x'); } catch { return []; }
  if (!['linear', 'log', 'symlog'].includes(scale?.type)) return [];
  const axes = [...box.querySelectorAll('.role-axis-label')].map((axis) =>
    [...axis.querySelectorAll('text')].map((text) => text.textContent));
  const numeric = (text) => /^[-+]?[0-9.]+[a-zA-Zµ%]*$/.test(text);
  const numbers = axes.filter((labels) => labels.every(numeric));
  return [[box.dataset.chart, box.view.width(), numbers.map((labels) => labels.length)]];
})"""
COVERED = """() => [...document.querySelectorAll('[data-chart]')].flatMap((box) => {
  const lines = [...box.querySelectorAll('.role-axis-label text')].flatMap((text) =>
    text.querySelector('tspan') ? [...text.querySelectorAll('tspan')] : [text]);
  const names = lines.filter((line) => / /.test(line.textContent));
  const marks = [...box.querySelectorAll('.mark-symbol.role-mark path')];
  const rect = (item) => item.getBoundingClientRect();
  const over = (a, b) => a.left < b.right - 2 && b.left < a.right - 2
    && a.top < b.bottom - 2 && b.top < a.bottom - 2;
  return names.filter((name) => marks.some((mark) => over(rect(name), rect(mark))))
    .map((name) => [box.dataset.chart, name.textContent]);
})"""
NARROWEST = 170
"""Pixels that a plot with a numeric axis has on a telephone, at least."""
RUNS = sorted(path.parent for path in REPOSITORY.glob("results/*/run.json"))
PAGES = [
    pytest.param(run, marks=() if run == REAL_RUN else pytest.mark.nightly, id=run.name)
    for run in RUNS
]


@pytest.mark.parametrize("run", PAGES)
@pytest.mark.parametrize("width", [1280, 768, 420])
def test_charts_fit_and_their_labels_differ(
    open_page: OpenPage, run: Path, width: int, tmp_path: Path
) -> None:
    write_findings(findings(read_runs([run])), tmp_path)
    opened = open_page(tmp_path / "report.html", width=width)
    opened.page.evaluate(OPEN)
    opened.scroll_through()
    assert opened.page.evaluate(WIDER) == []
    assert opened.page.evaluate(COVERED) == []
    for chart, labels in opened.page.evaluate(LABELS):
        assert len(set(labels)) == len(labels), (chart, labels)
        assert not any("\N{HORIZONTAL ELLIPSIS}" in label for label in labels), (chart, labels)
    numeric = opened.page.evaluate(NUMERIC)
    assert numeric, "a page has axes of numbers"
    for chart, plot, ticks in numeric:
        assert plot >= NARROWEST, (chart, plot)
        assert min(ticks, default=2) >= 2, (chart, ticks)
    assert opened.complaints == []


def test_a_page_of_a_site_draws_with_the_one_library_beside_it(
    open_page: OpenPage, tmp_path: Path
) -> None:
    run = shutil.copytree(REAL_RUN, tmp_path / "run")
    (tmp_path / LIBRARY).write_text(libraries(), encoding="utf-8")
    write_report_page(run, library=f"../{LIBRARY}")
    opened = open_page(run / "report.html")
    opened.scroll_through()
    assert opened.page.locator("[data-chart] svg").count() > 5
    assert opened.requests == [(tmp_path / LIBRARY).as_uri()]
    assert opened.complaints == []


def test_a_library_that_is_missing_is_named_in_place_of_charts(
    open_page: OpenPage, tmp_path: Path
) -> None:
    run = shutil.copytree(REAL_RUN, tmp_path / "run")
    write_report_page(run, library=f"../{LIBRARY}")
    page = open_page(run / "report.html").page
    first = page.locator("[data-chart]").first
    first.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('[data-chart].error')")
    assert f"{LIBRARY} is missing" in first.inner_text()
