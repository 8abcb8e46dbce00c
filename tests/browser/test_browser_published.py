"""Pages of all published runs: nothing is too wide or cut off, no two labels of a chart are equal.

On screens of three widths, light and dark, and printed.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
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
TOO_WIDE = """([room, across]) => [...document.querySelectorAll('body *')].filter((each) => {
  if (each.closest('svg') || each.closest('.skip, #tooltip, caption')) return false;
  const scrolled = each.parentElement.closest('.scroll, pre, .choices');
  if (scrolled && getComputedStyle(scrolled).overflowX !== 'visible') return false;
  const { right } = each.getBoundingClientRect();
  return right > (each.closest('#numbers .scroll') ? across : room) + 1;
}).map((each) => `${each.tagName} ${each.id || each.textContent.trim().slice(0, 60)}`)"""
CUT_IN_CHARTS = """() => [...document.querySelectorAll('[data-chart]')].flatMap((box) => {
  const edge = box.querySelector('svg').getBoundingClientRect();
  const beyond = ({ left, right, top, bottom }) => left < edge.left - 1 || right > edge.right + 1
    || top < edge.top - 2 || bottom > edge.bottom + 2;
  const seen = [...box.querySelectorAll('svg text')].filter((text) =>
    text.textContent && text.getAttribute('opacity') !== '0');
  const cut = (text) => /\u2026/.test(text.textContent) || beyond(text.getBoundingClientRect());
  return seen.filter(cut).map((text) => `${box.dataset.chart}: ${text.textContent}`);
})"""
CUT_IN_FIELDS = """() => [...document.querySelectorAll('[data-chart]')].flatMap((box) => {
  let scale = null;
  try { scale = box.view.scale('x'); } catch { return []; }
  const room = scale?.bandwidth?.();
  const texts = room ? [...box.querySelectorAll('.mark-text.role-mark text')] : [];
  return texts.filter((text) => text.getBBox().width > room)
    .map((text) => `${box.dataset.chart}: ${text.textContent}`);
})"""
CUT_IN_TEXT = """() => [...document.querySelectorAll(
    'h1, h2, h3, h4, p, li, dt, dd, th, td, summary, figcaption, label, thead button')]
  .filter((each) => each.clientWidth && each.scrollWidth > each.clientWidth + 1)
  .map((each) => `${each.tagName} ${each.textContent.trim().slice(0, 80)}`)"""
FAINT = """() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[0-9.]+/g).map((part) => part / 255)
      .map((share) => share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = light(getComputedStyle(document.body).backgroundColor);
  const contrast = (text) => {
    const ink = light(getComputedStyle(text).fill);
    return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
  };
  const names = '[data-chart] svg :is([class*=role-axis], [class*=role-legend]) text';
  return [...document.querySelectorAll(names)].filter((text) => contrast(text) < 4.5)
    .map((text) => `${text.closest('[data-chart]').dataset.chart}: ${text.textContent}`);
}"""
LABELS = """() => [...document.querySelectorAll('[data-chart]')].flatMap((box) =>
  [...box.querySelectorAll('.role-axis-label, .role-legend')].map((names) => [
    box.dataset.chart, [...names.querySelectorAll('text')]
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
PAPER, ACROSS = 718, 1047
"""Pixels between the margins of a printed page (A4), and of one that lies across."""
KEPT = "addEventListener('resize', (event) => event.stopImmediatePropagation(), true)"
"""Print lays out what a window has drawn; nothing is drawn again for it."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a reader looks at a page: the width of the window, its colours, and whether on paper."""

    width: int
    scheme: str
    printed: bool = False

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}{'-printed' * self.printed}"


LOOKS = [Look(width, scheme) for width in (1280, 768, 420) for scheme in ("light", "dark")]
LOOKS += [Look(1280, scheme, printed=True) for scheme in ("light", "dark")]
OFTEN = {Look(1280, "light"), Look(420, "dark"), Look(1280, "dark", printed=True)}
"""What ``make test`` looks at, on one page."""
RUNS = sorted(path.parent for path in REPOSITORY.glob("results/*/run.json"))
CASES = [
    pytest.param(
        run,
        look,
        marks=() if run == REAL_RUN and look in OFTEN else pytest.mark.nightly,
        id=f"{run.name}-{look}",
    )
    for run in RUNS
    for look in LOOKS
]


@pytest.fixture(scope="module")
def page_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """The page of a run, made once."""

    @cache
    def made(run: Path) -> Path:
        out = tmp_path_factory.mktemp("page")
        write_findings(findings(read_runs([run])), out)
        return out / "report.html"

    return made


def looked_at(open_page: OpenPage, page: Path, look: Look) -> Opened:
    """The page with all that it folds away, drawn."""
    opened = open_page(page, width=look.width, scheme=look.scheme)
    opened.page.evaluate(OPEN)
    opened.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    # What is not in view has no layout otherwise.
    opened.page.add_style_tag(content=".table { content-visibility: visible !important; }")
    opened.scroll_through()
    if look.printed:
        opened.page.evaluate(KEPT)
        opened.page.emulate_media(media="print", color_scheme=look.scheme)  # type: ignore[arg-type]
        opened.page.set_viewport_size({"width": PAPER, "height": 900})
    return opened


@pytest.mark.parametrize(("run", "look"), CASES)
def test_all_of_it_can_be_read(
    open_page: OpenPage, page_of: Callable[[Path], Path], run: Path, look: Look
) -> None:
    opened = looked_at(open_page, page_of(run), look)
    page = opened.page
    room = PAPER if look.printed else look.width
    assert page.evaluate(TOO_WIDE, [room, ACROSS if look.printed else room]) == []
    for wrong in (WIDER, COVERED, CUT_IN_CHARTS, CUT_IN_FIELDS, CUT_IN_TEXT, FAINT):
        assert page.evaluate(wrong) == [], wrong
    for chart, labels in page.evaluate(LABELS):
        assert len(set(labels)) == len(labels), (chart, labels)
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
