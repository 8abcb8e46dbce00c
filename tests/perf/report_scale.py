"""Time, memory and size of pages, as ratios: to the imports of the command, and from size to size.

    python tests/perf/report_scale.py [--rounds 3] [--cells 100,300,1000,3000]

Records are those of a published run, moved to other cells. A busy or slow machine moves both
sides of a ratio. Wanted: a page of 1,000 cells in the time of 6 imports, 300 MiB and 3 MiB, the
published run in the time of 2.5, and a site again in a third of the time. Ends with 1 if any of
these is missed; times in seconds are only printed.
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from tests.browser.runs import REAL_RUN, write_large_run  # noqa: E402 - only a path leads there

IMPORTS = ("-c", "import bench.cli.main, bench.cli.report")
MIB = 1 << 20
LARGE = 1_000
"""Cells of the page that has goals."""
MOST_IMPORTS, MOST_MIB, MOST_PAGE_MIB = 6.0, 300.0, 3.0
MOST_IMPORTS_OF_RUN = 2.5
"""The same of the published run."""
MOST_AGAIN = 1 / 3
"""Share of the time of making a site that it may take where no run has changed."""


@dataclass(frozen=True, slots=True)
class Made:
    """One call: time, s, and the most memory, bytes."""

    seconds: float
    memory: int


def called(*arguments: str) -> Made:
    """Call Python, and wait for it alone: memory is that of this child."""
    begin = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, *arguments], cwd=REPOSITORY, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, arguments
    return Made(time.monotonic() - begin, usage.ru_maxrss << 10)


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was made several times.

    Attributes:
        ratios: Times over those of imports, measured just before.
        times: In s.
        memory: The most, MiB.
        size: Of the page, MiB.
    """

    ratios: list[float]
    times: list[float]
    memory: float
    size: float

    def __str__(self) -> str:
        ratios = self.ratios
        return (
            f"{statistics.median(ratios):.2f} x imports ({min(ratios):.2f} to {max(ratios):.2f}), "
            f"{statistics.median(self.times):.1f} s, {self.memory:.0f} MiB, "
            f"page {self.size:.2f} MiB"
        )


def reported(name: str, run: Path, out: Path, rounds: int) -> Page:
    """Make a page, and print what it took."""
    ratios, times, memory = [], [], 0
    for _ in range(rounds):
        imports = called(*IMPORTS).seconds
        made = called("-m", "bench", "report", str(run), "--output", str(out))
        ratios.append(made.seconds / imports)
        times.append(made.seconds)
        memory = max(memory, made.memory)
    page = Page(ratios, times, memory / MIB, (out / "report.html").stat().st_size / MIB)
    print(f"{name}: {page}", flush=True)
    return page


def published_again(results: Path, site: Path, rounds: int) -> float:
    """What a site costs whose runs have not changed, as a share of making it."""
    shares = []
    for number in range(rounds):
        first = called("-m", "bench", "publish", str(results), "--output", str(site / str(number)))
        again = called("-m", "bench", "publish", str(results), "--output", str(site / str(number)))
        shares.append(again.seconds / first.seconds)
    print(f"bench publish again: {statistics.median(shares):.2f} of the first time", flush=True)
    return statistics.median(shares)


def growth(cells: Sequence[int], times: Sequence[float]) -> None:
    """Print by which power of the number of cells the time grows."""
    for (few, short), (many, long) in pairwise(zip(cells, times, strict=True)):
        power = math.log(long / short) / math.log(many / few)
        print(f"from {few:,} to {many:,} cells: time grows with the power {power:.2f}")


def missed(real: Page, again: float, large: Page | None) -> Iterator[str]:
    """The goals that were not met."""
    if statistics.median(real.ratios) > MOST_IMPORTS_OF_RUN:
        yield f"the published run took more than {MOST_IMPORTS_OF_RUN:g} imports"
    if large and statistics.median(large.ratios) > MOST_IMPORTS:
        yield f"a page of {LARGE:,} cells took more than {MOST_IMPORTS:g} imports"
    if large and large.memory > MOST_MIB:
        yield f"a page of {LARGE:,} cells took more than {MOST_MIB:g} MiB"
    if large and large.size > MOST_PAGE_MIB:
        yield f"a page of {LARGE:,} cells has more than {MOST_PAGE_MIB:g} MiB"
    if again > MOST_AGAIN:
        yield f"a site took more than {MOST_AGAIN:.2f} of its time again"


def main() -> int:
    """Print a line for each size, then growth, and the goals that were missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cells", default="100,300,1000,3000")
    arguments = parser.parse_args()
    cells = [int(text) for text in arguments.cells.split(",")]
    with tempfile.TemporaryDirectory() as scratch:
        top = Path(scratch)
        copy = shutil.copytree(REAL_RUN, top / "real")
        real = reported(f"published run {REAL_RUN.name}", copy, top / "page", arguments.rounds)
        again = published_again(REPOSITORY / "results", top / "site", arguments.rounds)
        pages = {}
        for count in cells:
            run = write_large_run(top / str(count), count)
            pages[count] = reported(f"{count:,} cells", run, top / "page", arguments.rounds)
    growth(cells, [statistics.median(page.times) for page in pages.values()])
    found = list(missed(real, again, pages.get(LARGE)))
    for goal in found:
        print(f"missed: {goal}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
