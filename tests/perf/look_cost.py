"""What it costs to hold the host against its first fingerprint, twice a trial.

``python tests/perf/look_cost.py`` prints CPU time and wall time of a look, medians of 200.
"""

from __future__ import annotations

import statistics
import time

from bench.host.fingerprint import Watch
from bench.units import format_duration

LOOKS = 200


def main() -> None:
    """Look, and print."""
    watch = Watch.begin()
    spent: dict[str, list[int]] = {"CPU time": [], "wall time": []}
    for _ in range(LOOKS):
        cpu, wall = time.process_time_ns(), time.monotonic_ns()
        watch.drifted()
        spent["CPU time"].append(time.process_time_ns() - cpu)
        spent["wall time"].append(time.monotonic_ns() - wall)
    for what, values in spent.items():
        print(f"{what} of a look: {format_duration(statistics.median(values))}")


if __name__ == "__main__":
    main()
