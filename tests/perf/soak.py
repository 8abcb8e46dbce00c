"""Does a long run grow? Trials of several programs for an hour, looked at from outside.

    python tests/perf/soak.py [--seconds 3600] [--every 10] [--short]

Looked at, from the first record on: resident memory and descriptors of the runner and its children,
BPF objects and active objects of the timers' slab cache of the host, and how long the runner waited
for a CPU.
Flat is: the median of the last quarter is at most a bound above that of the second (the first
warms up). Ends with 1 if something grew. Needs root and a host that nobody else uses.

The short form takes seconds and finds what grows by each trial: it has short windows, and compares
what there was at least, because a quarter of so few looks has no cell as often as another one.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.drivers.timer_memory import slab_object
from bench.host.reserve import cache_state

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
SHORT = ["--seconds", "10", "--every", "0.2", "--window", "100ms", "--least"]
BEGIN_S = 120.0
CELLS = 5
PROC = Path("/proc")
TRIES = 10
"""Of listing BPF objects while trials make and end them."""


@dataclass(frozen=True, slots=True)
class Look:
    """What there was at one moment.

    Attributes:
        delay_ns: How long the runner's threads waited for a CPU so far.
    """

    memory_kib: int
    descriptors: int
    objects: int
    slab: int
    delay_ns: int


BOUNDS = {"memory_kib": (1.05, 4_096), "descriptors": (1.0, 4), "objects": (1.0, 8),
          "slab": (1.05, 5_000), "delay_ns": (2.0, 50_000_000)}  # fmt: skip
"""Of the medians of two quarters: a factor, and beyond it so much at least."""


def family(pid: int) -> list[int]:
    """A process and those that it started."""
    found = [pid]
    for path in PROC.glob(f"{pid}/task/*/children"):
        with suppress(OSError):
            for child in path.read_text().split():
                found += family(int(child))
    return found


def look(pid: int) -> Look:
    """Now."""
    memory = descriptors = 0
    for each in family(pid):
        with suppress(OSError, StopIteration):
            memory += resident_kib(each)
            descriptors += len(os.listdir(PROC / str(each) / "fd"))
    delay = 0
    for path in PROC.glob(f"{pid}/task/*/schedstat"):
        with suppress(OSError):
            delay += int(path.read_text().split()[1])
    slab = cache_state(slab_object().cache_bytes).active
    return Look(memory, descriptors, sum(bpf_objects()), slab, delay)


def resident_kib(pid: int) -> int:
    """Resident memory of a process."""
    lines = (PROC / str(pid) / "status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])


def bpf_objects() -> Iterator[int]:
    """Numbers of programs, maps and links of the host."""
    for kind in ("prog", "map", "link"):
        yield len(json.loads(_listed(kind) or b"[]"))


def _listed(kind: str) -> bytes:
    """What bpftool lists; again where an object ended between being found and being asked."""
    command = ["bpftool", "-j", kind, "list"]
    for _ in range(TRIES - 1):
        listed = subprocess.run(command, capture_output=True, check=False)
        if listed.returncode == 0:
            return listed.stdout
    return subprocess.run(command, capture_output=True, check=True).stdout


def grown(looks: list[Look], typical: Callable[[list[float]], float]) -> list[str]:
    """What is not flat, a line each; all quantities are printed."""
    quarter = len(looks) // 4
    problems = []
    for name, (factor, least) in BOUNDS.items():
        values = [getattr(each, name) for each in looks]
        if name == "delay_ns":  # It only ever grows: what counts is how much in each step.
            values = [late - early for early, late in itertools.pairwise(values)]
        second = typical(values[quarter : 2 * quarter])
        last = typical(values[3 * quarter :])
        line = f"{name:12} second quarter {second:>14,.0f}  last {last:>14,.0f}"
        print(line)
        if last > second * factor + least:
            problems.append(line)
    return problems


def main() -> int:
    """Run, look and judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3_600)
    parser.add_argument("--every", type=float, default=10)
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
                _await_record(Path(name), process)
                end = time.monotonic() + given.seconds
                while process.poll() is None and time.monotonic() < end:
                    looks.append(look(process.pid))
                    time.sleep(given.every)
            finally:
                process.terminate()
                process.wait()
            messages.seek(0)
            last = messages.read()[-400:]
        files = Path(name).glob("results/*/trials.jsonl")
        trials = sum(len(file.read_text().splitlines()) for file in files)
    print(f"{trials} trials, {len(looks)} looks in {given.seconds:g} s, exit {process.returncode}")
    if process.returncode not in (0, 130) or len(looks) < 8:
        print(f"it ended early: {last}", file=sys.stderr)
        return 1
    return int(bool(grown(looks, min if given.least else statistics.median)))


def _await_record(folder: Path, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + BEGIN_S
    while process.poll() is None and time.monotonic() < end:
        if any(file.stat().st_size for file in folder.glob("results/*/trials.jsonl")):
            return
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
