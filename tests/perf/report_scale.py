"""Time, memory and size of pages, as ratios: to the imports of the command, and from size to size.

    python tests/perf/report_scale.py [--rounds 3] [--cells 100,300,1000,3000]

Records are those of a published run, moved to other cells. A busy or slow machine moves both
sides of a ratio. Wanted: a page of 1,000 cells in the time of 6 imports, 300 MiB and 3 MiB,
the published run in the time of its imports and 1 s, and a site again in a third of the time.
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
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from tests.browser.runs import REAL_RUN, write_large_run  # noqa: E402 - only a path leads there

IMPORTS = ("-c", "import bench.cli.main, bench.cli.report")
MIB = 1 << 20


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


def reported(run: Path, out: Path, rounds: int) -> tuple[list[float], list[float], int, int]:
    """Times over imports measured just before, times, most memory and size of the page."""
    ratios, times, memory = [], [], 0
    for _ in range(rounds):
        imports = called(*IMPORTS).seconds
        made = called("-m", "bench", "report", str(run), "--output", str(out))
        ratios.append(made.seconds / imports)
        times.append(made.seconds)
        memory = max(memory, made.memory)
    return ratios, times, memory, (out / "report.html").stat().st_size


def line(name: str, run: Path, out: Path, rounds: int) -> float:
    """Print one; its median time, s."""
    ratios, times, memory, size = reported(run, out, rounds)
    print(
        f"{name}: {statistics.median(ratios):.2f} x imports ({min(ratios):.2f} to "
        f"{max(ratios):.2f}), {statistics.median(times):.1f} s, {memory / MIB:.0f} MiB, "
        f"page {size / MIB:.2f} MiB",
        flush=True,
    )
    return statistics.median(times)


def published_again(results: Path, site: Path, rounds: int) -> None:
    """Print what a site costs whose runs have not changed, as a share of making it."""
    shares = []
    for number in range(rounds):
        first = called("-m", "bench", "publish", str(results), "--output", str(site / str(number)))
        again = called("-m", "bench", "publish", str(results), "--output", str(site / str(number)))
        shares.append(again.seconds / first.seconds)
    print(f"bench publish again: {statistics.median(shares):.2f} of the first time", flush=True)


def growth(cells: Sequence[int], times: Sequence[float]) -> None:
    """Print by which power of the number of cells the time grows."""
    for (few, short), (many, long) in pairwise(zip(cells, times, strict=True)):
        power = math.log(long / short) / math.log(many / few)
        print(f"from {few:,} to {many:,} cells: time grows with the power {power:.2f}")


def main() -> None:
    """Print a line for each size, then growth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cells", default="100,300,1000,3000")
    arguments = parser.parse_args()
    cells = [int(text) for text in arguments.cells.split(",")]
    with tempfile.TemporaryDirectory() as scratch:
        top = Path(scratch)
        real = shutil.copytree(REAL_RUN, top / "real")
        line(f"published run {REAL_RUN.name}", real, top / "page", arguments.rounds)
        published_again(REPOSITORY / "results", top / "site", arguments.rounds)
        times = []
        for count in cells:
            run = write_large_run(top / str(count), count)
            times.append(line(f"{count:,} cells", run, top / "page", arguments.rounds))
    growth(cells, times)


if __name__ == "__main__":
    main()
