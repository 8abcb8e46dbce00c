"""``report.html`` of a fleet run, as a reader's browser shows it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from bench.fleet.page import write_fleet_page
from bench.fleet.read import read_fleet
from tests.browser.opened import Opened
from tests.browser.runs import write_fleet

OpenPage = Callable[..., Opened]
SERIOUS = {"serious", "critical"}
FOLDED = "document.querySelectorAll('details').forEach((d) => (d.open = true))"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_fleet(tmp_path_factory.mktemp("results"))
    return write_fleet_page(read_fleet(folder), folder, by="kernel")


def test_charts_are_drawn_without_network_or_complaint(open_page: OpenPage, report: Path) -> None:
    opened = open_page(report)
    opened.scroll_through()
    boxes = opened.page.query_selector_all("[data-chart]")
    assert len(boxes) >= 5
    for box in boxes:
        assert len(box.query_selector_all("svg path")) > 3, box.get_attribute("data-chart")
        assert re.search(r"\d", box.get_attribute("aria-label") or "")
    assert (opened.complaints, opened.requests) == ([], [])


def test_names_stay_names(open_page: OpenPage, report: Path) -> None:
    page = open_page(report).page
    assert page.evaluate("window.hacked") is None
    assert "<script>window.hacked" in page.inner_text("#facts-table")


def test_states_troubles_and_causes_are_told(open_page: OpenPage, report: Path) -> None:
    page = open_page(report).page
    states = page.locator("#hosts-table tbody td:nth-child(2)").all_inner_texts()
    assert states == ["partial", "partial", "not measured"]
    assert "its disk is full" in page.inner_text("#troubles")
    assert "ansible-playbook -i inventory" in page.inner_text("#troubles pre >> nth=0")
    assert "the kernel refused" in page.inner_text("#spoilt-table")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [420, 1280])
def test_nothing_overflows_and_axe_has_no_serious_finding(
    open_page: OpenPage, report: Path, width: int, scheme: str
) -> None:
    opened = open_page(report, width=width, scheme=scheme)
    opened.page.evaluate(FOLDED)
    opened.scroll_through()
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.covered() == []
    found = Axe().run(opened.page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in SERIOUS] == []


def test_a_title_sorts_the_hosts(open_page: OpenPage, report: Path) -> None:
    page = open_page(report).page
    page.locator("#hosts-table th button", has_text="failed").press("Enter")
    assert page.locator('#hosts-table th[aria-sort="ascending"]').inner_text() == "failed"
    assert page.locator("#hosts-table tbody th").first.inner_text() == "sut3"
