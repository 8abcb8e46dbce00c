"""A page in the browser, with what it said and what it asked for."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

ALL_DRAWN = """() => [...document.querySelectorAll('[data-chart]')]
  .every((box) => box.offsetWidth === 0 || box.querySelector('svg'))"""

COVERED = """() => {
  const boxes = (svg, of) => [...svg.querySelectorAll(of)].map((e) => e.getBoundingClientRect());
  const meet = (a, b) =>
    a.left < b.right && b.left < a.right && a.top + 1 < b.bottom && b.top + 1 < a.bottom;
  return [...document.querySelectorAll('[data-chart]')].flatMap((chart) => {
    const svg = chart.querySelector('svg');
    if (!svg) return [];
    const names = [...svg.querySelectorAll('.role-axis-label text')];
    const others = boxes(
      svg, '.role-mark:is(.mark-symbol, .mark-rect) path, .role-legend-label text');
    return names.filter((name) => others.some((o) => meet(name.getBoundingClientRect(), o)))
      .map((name) => `${chart.dataset.chart}: ${name.textContent}`);
  });
}"""


class Opened:
    """A file that is open.

    Attributes:
        complaints: Messages of the console and uncaught errors.
        requests: Addresses that the page asked for, other than itself.
    """

    def __init__(self, page: Page, path: Path) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self._note(request.url, path.as_uri()))
        page.goto(path.as_uri())

    def _note(self, url: str, own: str) -> None:
        # The icon is a data: address, so that no browser asks for one.
        if url != own and not url.startswith("data:"):
            self.requests.append(url)

    def scroll_through(self) -> None:
        """Bring each chart into view, and wait until all that are not folded away are drawn."""
        for box in self.page.query_selector_all("[data-chart]"):
            if box.is_visible():
                box.scroll_into_view_if_needed()
        self.page.wait_for_function(ALL_DRAWN)

    def covered(self) -> list[str]:
        """Names along an axis on which a mark of the chart lies, or its legend."""
        found: list[str] = self.page.evaluate(COVERED)
        return found
