"""Is a saturated host still usable? Times an ordinary command before and during saturation.

``python tests/perf/saturated_host.py`` runs ``ls /`` twenty times on the idle host and twenty
times while 10,000 timers at 1 ms offer 10 M callbacks/s. It asserts nothing.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time

CELL = ("--program", "resident", "--map-size", "10k", "--timeout", "1ms")
TIMING = tuple("--duration 4s --warmup 1s --repeat 1 --observer none --controls none".split())
TIMES = 20


def command_ms() -> float:
    """How long one ``ls /`` takes."""
    begin = time.monotonic()
    subprocess.run(["ls", "/"], capture_output=True, check=True)
    return (time.monotonic() - begin) * 1e3


def show(name: str, times: list[float]) -> None:
    """Print median and maximum."""
    print(f"{name}: median {statistics.median(times):.1f} ms, maximum {max(times):.1f} ms")


def main() -> None:
    """Measure idle, then saturated."""
    show("idle", [command_ms() for _ in range(TIMES)])
    with tempfile.TemporaryDirectory() as results:
        command = [sys.executable, "-m", "bench", "run", *CELL, *TIMING, "--results", results]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as bench:
            time.sleep(3)
            show("saturated", [command_ms() for _ in range(TIMES)])
            assert bench.poll() is None, "the cell ended too early"
            bench.communicate()


if __name__ == "__main__":
    main()
