"""Does a long run grow? Trials of several programs for an hour, looked at from outside.

    python -m tests.perf.soak [--seconds 3600] [--every 10] [--short]

Looked at, once each cell has had two trials: resident memory and descriptors of the runner and its
children, BPF objects and active objects of the timers' slab cache of the host, and how long the
runner waited for a CPU.
Flat is: the median of the last quarter of the trials is at most a bound above that of the second
(the first warms up). Ends with 1 if something grew. Needs root and a host that nobody else uses.

The short form takes seconds and finds what grows by each trial: it has short windows, a block of
trials for each quarter, and compares what there was at least: few looks have no typical cell.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.perf.soak_look import Look, look

SWEEP = """
name: soak
duration: {window}
warmup: 50ms
repeat: {repeat}
seed: 11
max_steal: 1
controls: none
cells:
  - {{program: resident, map_size: [1k, 20k], timeout: 20ms, observer: core}}
  - {{program: tcp, hook: tp_btf, map_size: 16384, timeout: 10ms, load: 500}}
  - {{program: xdp_gc, map_size: 4096, timeout: 20ms, load: 500}}
  - {{program: sampler, timeout: 10ms}}
"""
LEAST_TRIAL_S = {"500ms": 0.5, "100ms": 0.1}
SHORT = ["--seconds", "10", "--every", "0.04", "--trials", "28", "--window", "100ms", "--least"]
BEGIN_S = 120.0
CELLS = 5
WARM_TRIALS = 2 * CELLS
QUARTERS = 4


BOUNDS = {"memory_kib": (1.05, 4_096), "descriptors": (1.0, 4), "objects": (1.0, 8),
          "slab": (1.05, 5_000), "delay_ns": (2.0, 50_000_000)}  # fmt: skip
"""Of the medians of two quarters: a factor, and beyond it so much at least."""


def grown(looks: list[Look], typical: Callable[[list[float]], float]) -> list[str]:
    """What is not flat, a line each; all quantities are printed."""
    problems = []
    for name, (factor, least) in BOUNDS.items():
        second, last = (typical(_values(_quarter(looks, number), name)) for number in (1, 3))
        line = f"{name:12} second quarter {second:>14,.0f}  last {last:>14,.0f}"
        print(line)
        if last > second * factor + least:
            problems.append(line)
    return problems


def _blocks(looks: list[Look]) -> tuple[int, int]:
    """The first whole block of trials that was looked at, and the one after the last."""
    return -(-looks[0].trials // CELLS), looks[-1].trials // CELLS


def _quarter(looks: list[Look], number: int) -> list[Look]:
    """Looks at a quarter of the blocks, the first of which is number 0: each cell as often."""
    first, end = _blocks(looks)
    begin, width = first + number * (end - first) // QUARTERS, (end - first) // QUARTERS
    return [each for each in looks if begin <= each.trials // CELLS < begin + width]


def _values(looks: list[Look], name: str) -> list[float]:
    values: list[float] = [getattr(each, name) for each in looks]
    if name == "delay_ns":  # A sum: what counts is each step. A thread that ends takes its own.
        return [max(late - early, 0) for early, late in itertools.pairwise(values)]
    return values


def main() -> int:
    """Run, look and judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3_600)
    parser.add_argument("--every", type=float, default=10)
    parser.add_argument("--trials", type=int, default=0, help="end after so many at the earliest")
    parser.add_argument("--window", choices=LEAST_TRIAL_S, default="500ms")
    parser.add_argument("--least", action="store_true", help="compare what there was at least")
    parser.add_argument("--short", action="store_true", help=f"short for {' '.join(SHORT)}")
    given = parser.parse_args()
    if given.short:
        given = parser.parse_args(SHORT)
    looks: list[Look] = []
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        sweep = Path(name, "soak.yaml")
        repeat = int((given.seconds + BEGIN_S) / LEAST_TRIAL_S[given.window] / CELLS) + 1
        sweep.write_text(SWEEP.format(repeat=min(repeat, 10_000), window=given.window))
        with Path(name, "messages").open("w+") as messages:
            command = [sys.executable, "-m", "bench", "run", "--sweep", str(sweep)]
            process = subprocess.Popen(command, cwd=name, stdout=messages, stderr=messages)
            try:
                _await_trials(Path(name), process, WARM_TRIALS)
                end = time.monotonic() + given.seconds
                least = _trials(Path(name)) + given.trials
                while process.poll() is None and (
                    time.monotonic() < end or _trials(Path(name)) < least
                ):
                    looks.append(look(process.pid, _trials(Path(name))))
                    time.sleep(given.every)
            finally:
                process.terminate()
                process.wait()
            messages.seek(0)
            last = messages.read()[-400:]
        trials = _trials(Path(name))
    print(f"{trials} trials, {len(looks)} looks in {given.seconds:g} s, exit {process.returncode}")
    first, end = _blocks(looks) if looks else (0, 0)
    if process.returncode not in (0, 130) or end - first < QUARTERS:
        print(f"it ended early: {last}", file=sys.stderr)
        return 1
    return int(bool(grown(looks, min if given.least else statistics.median)))


def _await_trials(folder: Path, process: subprocess.Popen[bytes], number: int) -> None:
    end = time.monotonic() + BEGIN_S
    while process.poll() is None and time.monotonic() < end and _trials(folder) < number:
        time.sleep(0.05)


def _trials(folder: Path) -> int:
    """Records so far."""
    return sum(file.read_bytes().count(b"\n") for file in folder.glob("results/*/trials.jsonl"))


if __name__ == "__main__":
    sys.exit(main())
