"""Pages of runs with everything: controls, stages, alternatives, failures, hostile names, hosts."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from bench.analysis.findings import findings
from bench.page.write import write_findings
from bench.store.run import read_runs
from tests.browser.opened import Opened
from tests.browser.runs import HOSTILE, write_rich_run

OpenPage = Callable[..., Opened]


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rich")
    write_findings(findings(read_runs([write_rich_run(folder)])), folder / "page")
    return folder / "page" / "report.html"


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hosts")
    runs = [write_rich_run(folder, host=host) for host in ("lb-1", "lb-2")]
    write_findings(findings(read_runs(runs)), folder / "page")
    return folder / "page" / "report.html"


def test_everything_is_drawn(open_page: OpenPage, rich: Path) -> None:
    opened = open_page(rich)
    opened.scroll_through()
    keys = opened.page.evaluate(
        "() => [...document.querySelectorAll('[data-chart]')].map((box) => box.dataset.chart)"
    )
    assert {"stage-bars", "softirq-time", "ksoftirqd-cpu", "connections"} <= set(keys)
    assert any(key.startswith("alternatives-p99-lateness") for key in keys)
    assert len(set(keys)) == len(keys)
    assert opened.covered() == []
    assert opened.complaints == []
    assert opened.requests == []


def test_names_from_outside_are_text(open_page: OpenPage, rich: Path) -> None:
    opened = open_page(rich)
    opened.scroll_through()
    assert opened.page.evaluate("typeof window.hacked") == "undefined"
    assert HOSTILE in opened.page.inner_text("header")
    assert f"the kernel refused: {HOSTILE} & ]]>" in opened.page.inner_text("#validity")


def test_controls_and_outliers_have_tables(open_page: OpenPage, rich: Path) -> None:
    page = open_page(rich).page
    assert page.locator("#overheads-table tbody tr").count() > 10
    assert page.locator("#outliers-table tbody tr").count() > 10
    assert "with no program" in page.inner_text("#answer")
    assert "user_gc" in page.inner_text("#answer")


def test_hosts_are_side_by_side(open_page: OpenPage, hosts: Path) -> None:
    opened = open_page(hosts)
    opened.scroll_through()
    named = opened.page.locator("#numbers-table tbody th")
    named.first.scroll_into_view_if_needed()
    # A table is laid out once it is in view.
    expect(named.first).to_have_text(re.compile("lb-[12]: "), use_inner_text=True)
    cells = named.all_inner_texts()
    of_first = [cell for cell in cells if cell.startswith("lb-1: ")]
    assert len(of_first) * 2 == len(cells)
    assert "lb-2: of 101 planned trials" in opened.page.inner_text("#validity")
    assert opened.complaints == []


def test_axe_has_no_serious_finding(open_page: OpenPage, rich: Path) -> None:
    opened = open_page(rich)
    opened.page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    opened.scroll_through()
    found = Axe().run(opened.page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
