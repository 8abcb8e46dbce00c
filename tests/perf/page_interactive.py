"""When pages can be used in Chromium: the time to their mark ``interactive``, s and as a ratio.

    python tests/perf/page_interactive.py [--rounds 7] [--cells 100,1000]

At that mark tables sort, links lead and the filter picks; charts follow. The ratio is to the time
of an empty page in the same browser just before. Wanted: 1,000 cells in the time of 20 empty pages;
ends with 1 if that is missed. Times in seconds are only printed.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from bench.analysis.findings import findings  # noqa: E402 - only a path leads there
from bench.page.write import write_findings  # noqa: E402
from bench.store.run import read_runs  # noqa: E402
from tests.browser.conftest import OPTIONS  # noqa: E402
from tests.browser.runs import REAL_RUN, write_large_run  # noqa: E402

MARK = "performance.getEntriesByName('interactive')[0].startTime"
DONE = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
EMPTY = "<!DOCTYPE html><title>empty</title>"
LARGE, MOST_EMPTY = "1,000 cells", 20.0
"""The page that has a goal, and in how many times of an empty one it can be used."""


def opened(browser: Browser, file: Path, asked: str) -> float:
    """What a new page answers, s."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(file.as_uri())
    found = page.evaluate(asked)
    page.close()
    return float(found) / 1000


def line(browser: Browser, name: str, page: Path, empty: Path, rounds: int) -> float:
    """Print one: median, lowest and highest; the median ratio."""
    times, ratios = [], []
    for _ in range(rounds):
        nothing = opened(browser, empty, DONE)
        times.append(opened(browser, page, MARK))
        ratios.append(times[-1] / nothing)
    print(
        f"{name}: {statistics.median(times):.2f} s ({min(times):.2f} to {max(times):.2f}), "
        f"{statistics.median(ratios):.0f} x an empty page",
        flush=True,
    )
    return statistics.median(ratios)


def main() -> int:
    """Print a line for the published run and each size, and whether the goal was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--cells", default="100,1000")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        top = Path(scratch)
        (top / "empty.html").write_text(EMPTY)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(OPTIONS)
        )
        runs = {f"published run {REAL_RUN.name}": REAL_RUN}
        for count in map(int, arguments.cells.split(",")):
            runs[f"{count:,} cells"] = write_large_run(top / str(count), count)
        ratios = {}
        for name, run in runs.items():
            out = top / "page" / run.parent.name
            write_findings(findings(read_runs([run])), out)
            page, empty = out / "report.html", top / "empty.html"
            ratios[name] = line(browser, name, page, empty, arguments.rounds)
        browser.close()
    missed = ratios.get(LARGE, 0.0) > MOST_EMPTY
    if missed:
        print(f"missed: {LARGE} took more than {MOST_EMPTY:g} empty pages")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
