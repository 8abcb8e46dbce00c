"""A page of 1,000 cells: made within 300 MiB, under 3 MiB, and drawn when it is opened.

How long it takes is a question for ``tests/perf/report_scale.py``: a busy machine proves nothing.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.opened import Opened
from tests.browser.runs import REPOSITORY, write_large_run

MIB = 1 << 20
# A process starts with the peak of the one that made it, so a small one stands in between.
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """The page's folder, and the peak memory of making it, bytes."""
    folder = tmp_path_factory.mktemp("large")
    run = write_large_run(folder)
    made = [sys.executable, "-m", "bench", "report", str(run), "--output", str(folder / "page")]
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *made],
        cwd=REPOSITORY,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return folder / "page", int(done.stdout)


def test_it_is_small_enough_to_send(large: tuple[Path, int]) -> None:
    assert (large[0] / "report.html").stat().st_size <= 3 * MIB


def test_it_needs_little_memory(large: tuple[Path, int]) -> None:
    assert large[1] <= 300 * MIB


def test_it_opens_and_draws_what_is_in_view(
    large: tuple[Path, int], open_page: Callable[..., Opened]
) -> None:
    opened = open_page(large[0] / "report.html")
    chart = opened.page.locator("[data-chart]").first
    chart.scroll_into_view_if_needed()
    chart.locator("svg").wait_for()
    assert opened.complaints == []


AT_FIRST = """() => addEventListener('DOMContentLoaded', () => { window.atFirst = {
  mark: performance.getEntriesByName('interactive').length,
  library: typeof window.vegaEmbed,
  fields: document.querySelectorAll('#numbers-table td').length,
}; })"""


def test_it_can_be_used_before_tables_and_charts_are_made(
    large: tuple[Path, int], browser: Browser
) -> None:
    """How soon is a question for ``tests/perf/page_interactive.py``."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.add_init_script(f"({AT_FIRST})()")
    page.goto((large[0] / "report.html").as_uri())
    assert page.evaluate("window.atFirst") == {"mark": 1, "library": "undefined", "fields": 0}
    page.fill("#filter", "load 5k")
    assert page.inner_text("#filter-count") == "100 of 1000 cells"
    page.click("#numbers-table thead th >> nth=2")
    assert page.locator("#numbers-table th[aria-sort=ascending]").count() == 1
    page.close()


def test_long_tables_are_whole_where_they_are_printed_and_without_a_script(
    large: tuple[Path, int], open_page: Callable[..., Opened], browser: Browser
) -> None:
    opened = open_page(large[0] / "report.html")
    opened.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert opened.page.locator("#numbers-table tbody tr").count() == 1000
    bare = browser.new_context(java_script_enabled=False).new_page()
    bare.goto((large[0] / "report.html").as_uri())
    assert bare.locator("#numbers-table tbody tr").count() == 1000
    bare.context.close()
