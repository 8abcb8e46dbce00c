"""Time of a run's trials that was neither warm-up, window nor drain.

``python tests/perf/trial_overhead.py results/RUN`` reads the records of a finished run and
prints, per map size, the median and the maximum of what each trial spent beside what it is
for, and the time per trial that no record accounts for (looking at the host, writing).
"""

from __future__ import annotations

import statistics
import sys
from collections import defaultdict
from datetime import datetime
from pathlib import Path

from bench.store import RunFolder
from bench.units import NS_PER_MS, NS_PER_S, exact_count

NOT_OVERHEAD = ("warmup", "window", "drain")
"""Steps that a trial is for; the rest is overhead between trials."""


def overhead_ns(steps_ns: dict[str, int]) -> int:
    """Time of a trial that was neither warm-up, window nor drain."""
    return sum(ns for name, ns in steps_ns.items() if name not in NOT_OVERHEAD)


def main(path: Path) -> None:
    """Print a line per map size, and the rest."""
    run = RunFolder.open(path)
    spent: dict[int, list[float]] = defaultdict(list)
    accounted = 0
    for record in run.records():
        if record.cost is None:
            continue
        spent[record.cell.map_size].append(overhead_ns(record.cost.timeline_ns) / NS_PER_MS)
        accounted += sum(record.cost.timeline_ns.values())
    for size, times in sorted(spent.items()):
        middle, most = statistics.median(times), max(times)
        print(f"map size {exact_count(size)}: median {middle:.0f} ms, maximum {most:.0f} ms")
    first, last = (
        datetime.fromisoformat(str(t)) for t in (run.header.started, run.header.finished)
    )
    rest = (last - first).total_seconds() - accounted / NS_PER_S
    trials = sum(len(times) for times in spent.values())
    print(f"not in any record: {rest:.1f} s for set-up and {trials} trials together")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
