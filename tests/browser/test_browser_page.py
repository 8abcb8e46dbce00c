"""``report.html`` of a real run, as a reader's browser shows it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from bench.analysis.findings import findings
from bench.page.write import write_findings
from bench.store.run import read_runs
from tests.browser.opened import Opened
from tests.browser.runs import REAL_RUN

OpenPage = Callable[..., Opened]
SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report")
    write_findings(findings(read_runs([REAL_RUN])), out)
    return out / "report.html"


def test_every_chart_is_drawn_without_network_or_complaint(
    open_page: OpenPage, report: Path
) -> None:
    opened = open_page(report)
    opened.scroll_through()
    boxes = opened.page.query_selector_all("[data-chart]")
    assert len(boxes) >= 15
    for box in boxes:
        marks = box.query_selector_all("svg path")
        assert len(marks) > 3, box.get_attribute("data-chart")
    assert opened.complaints == []
    assert opened.requests == []


def test_every_chart_has_words_for_who_cannot_see_it(open_page: OpenPage, report: Path) -> None:
    page = open_page(report).page
    texts = [box.get_attribute("aria-label") for box in page.query_selector_all("[data-chart]")]
    assert all(text and re.search(r"\d", text) for text in texts), "an alternative has figures"
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_has_no_serious_finding(
    open_page: OpenPage, report: Path, width: int, scheme: str
) -> None:
    opened = open_page(report, width=width, scheme=scheme)
    opened.page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    opened.scroll_through()
    found = Axe().run(opened.page).response["violations"]
    serious = [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in SERIOUS]
    assert serious == []


def test_nothing_is_wider_than_a_telephone(open_page: OpenPage, report: Path) -> None:
    opened = open_page(report, width=390)
    opened.scroll_through()
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_tooltip_tells_the_cell(open_page: OpenPage, report: Path) -> None:
    opened = open_page(report)
    opened.scroll_through()
    point = opened.page.locator(
        '[data-chart="fired-against-offered"] .mark-symbol.role-mark path'
    ).first
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    assert box is not None
    opened.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tooltip = opened.page.locator("#tooltip")
    tooltip.wait_for(state="visible")
    assert re.search(r"fired/s [\d.]+", tooltip.inner_text())
    opened.page.mouse.move(1, 1)
    tooltip.wait_for(state="hidden")


def sorted_by(opened: Opened, title: str) -> list[float]:
    """Numbers of a column after its title was pressed, in the table's order.

    By keyboard: charts that are drawn meanwhile may move the table away below a pointer.
    """
    table = opened.page.locator("#numbers-table")
    heading = table.locator(
        "th", has=opened.page.locator("button", has_text=re.compile(f"^{re.escape(title)}"))
    )
    before = heading.get_attribute("aria-sort")
    heading.locator("button").press("Enter")
    opened.page.wait_for_function(
        "([th, before]) => th.getAttribute('aria-sort') !== before",
        arg=[heading.element_handle(), before],
    )
    return opened.page.evaluate(
        """(title) => {
          const heads = [...document.querySelectorAll('#numbers-table thead th')];
          const at = heads.findIndex((th) => th.textContent.trim() === title);
          return [...document.querySelectorAll('#numbers-table tbody tr')]
            .map((row) => row.cells[at].dataset.sort)
            .filter((text) => text !== undefined).map(Number);
        }""",
        title,
    )


def test_a_title_sorts_and_once_more_turns_the_order(open_page: OpenPage, report: Path) -> None:
    opened = open_page(report)
    up, down = sorted_by(opened, "max lateness"), sorted_by(opened, "max lateness")
    assert len(up) > 5
    assert up == sorted(up)
    assert down == up[::-1]
    assert opened.page.locator('#numbers-table th[aria-sort="descending"]').count() == 1


def test_cells_can_be_filtered(open_page: OpenPage, report: Path) -> None:
    page = open_page(report).page
    every = page.locator("#numbers-table tbody tr:visible").count()
    page.fill("#filter", "tcp")
    assert 0 < page.locator("#numbers-table tbody tr:visible").count() < every
    assert re.fullmatch(r"\d+ of \d+ cells", page.inner_text("#filter-count"))


def test_other_cells_and_trials_can_be_chosen(open_page: OpenPage, report: Path) -> None:
    opened = open_page(report)
    opened.scroll_through()
    page = opened.page
    page.click("text=Choose cells")
    page.locator("#curve-choices input:not(:checked)").first.check()
    curves = page.locator('[data-chart="percentile-curves"]')
    page.wait_for_function(
        """() => document.querySelectorAll(
          '[data-chart=percentile-curves] .mark-line.role-mark path').length === 6"""
    )
    assert "; " in (curves.get_attribute("aria-label") or "")
    page.select_option("#series-choice", index=0)
    page.wait_for_function("() => document.querySelector('#time-series svg')")
    assert page.inner_text("#time-series h4").startswith("Time series of trial 1: resident 1k x ")
    assert opened.complaints == []


def test_what_is_chosen_is_in_the_address(open_page: OpenPage, report: Path) -> None:
    page = open_page(report).page
    page.fill("#filter", "load 5k")
    page.check("#single-trials")
    page.click("text=Choose cells")
    page.locator("#curve-choices input:not(:checked)").first.check()
    page.wait_for_function("location.hash.includes('curves')")
    chosen = "[...document.querySelectorAll('#curve-choices input:checked')].map((b) => b.value)"
    curves, hash_ = page.evaluate(chosen), page.evaluate("location.hash")
    assert hash_ == f"#cells=load%205k&trials=1&curves={','.join(curves)}"
    again = open_page(report)
    again.page.goto("about:blank")
    again.page.goto(f"{report.as_uri()}{hash_}")
    assert again.page.input_value("#filter") == "load 5k"
    assert again.page.is_checked("#single-trials")
    assert again.page.evaluate(chosen) == curves
    again.scroll_through()
    assert again.complaints == []


def test_every_link_within_the_page_has_a_target(open_page: OpenPage, report: Path) -> None:
    dead = open_page(report).page.evaluate(
        """() => [...document.querySelectorAll('a[href^="#"]')].map((a) => a.getAttribute('href'))
          .filter((href) => !document.getElementById(decodeURIComponent(href.slice(1))))"""
    )
    assert dead == []


def test_links_to_files_lead_to_files(open_page: OpenPage, report: Path) -> None:
    links = open_page(report).page.evaluate(
        """() => [...document.querySelectorAll('a:not([href^="#"])')]
          .map((a) => a.getAttribute('href'))"""
    )
    assert any(link.endswith("trials.jsonl") for link in links)
    assert [link for link in links if not (report.parent / link).exists()] == []


def test_it_prints_with_all_charts(open_page: OpenPage, report: Path, tmp_path: Path) -> None:
    opened = open_page(report)
    file = tmp_path / "report.pdf"
    opened.page.pdf(path=str(file))
    assert file.read_bytes().startswith(b"%PDF-")
    undrawn = opened.page.evaluate(
        """() => [...document.querySelectorAll('[data-chart]')]
          .filter((box) => !box.querySelector('svg')).length"""
    )
    assert undrawn == 0, "charts that were never in view are drawn for print"
    assert opened.complaints == []


def test_print_repeats_headers_and_leaves_no_heading_alone(
    open_page: OpenPage, report: Path
) -> None:
    opened = open_page(report)
    opened.page.emulate_media(media="print")
    style = """([selector, property]) => [...new Set([...document.querySelectorAll(selector)]
      .map((each) => getComputedStyle(each)[property]))]"""
    for selector, name, wanted in (
        ("thead", "display", "table-header-group"),
        ("h2, h3, h4", "breakAfter", "avoid"),
        ("figure, tbody tr", "breakInside", "avoid"),
        (".table thead th", "position", "static"),
    ):
        assert opened.page.evaluate(style, [selector, name]) == [wanted], selector
