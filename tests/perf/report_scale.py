"""Time, memory and size of the page of a run with 1,000 cells and 3,000 trials.

    python tests/perf/report_scale.py [--rounds 3]

Records are those of a published run, moved to other cells. Wanted: 15 s, 500 MiB, 10 MiB.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from tests.browser.runs import write_large_run  # noqa: E402 - only a path leads there


def made(run: Path, out: Path) -> float:
    """Make the page; how long that took, s."""
    begin = time.monotonic()
    command = [sys.executable, "-m", "bench", "report", str(run), "--output", str(out)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    return time.monotonic() - begin


def main() -> None:
    """Print median and range over the rounds, memory and size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as scratch:
        run, out = write_large_run(Path(scratch)), Path(scratch) / "page"
        times = [made(run, out) for _ in range(rounds)]
        size = (out / "report.html").stat().st_size
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(
        f"page of 1,000 cells: {statistics.median(times):.1f} s "
        f"({min(times):.1f} to {max(times):.1f}), {memory >> 10} MiB, {size / (1 << 20):.2f} MiB"
    )


if __name__ == "__main__":
    main()
