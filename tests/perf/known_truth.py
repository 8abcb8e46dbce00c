"""Does ``bench ab`` find a change whose size is known? More work in the callback of ``resident``.

``python -m tests.perf.known_truth [--share 20%] [--keep FOLDER]``

A turn of extra work is timed by itself, in the kernel (``time_work`` of bpf/extra_work.h); a pilot
gives the CPU time of a callback without it. So many turns as make the share asked for are variant
b. All timers expire at once, so that a softirq runs them all, and most of its time is that of
callbacks. It prints the truth beside what was found, and asserts nothing. ``--keep`` writes the
run, without histograms and counters, for the repository.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bench import abi
from bench.campaign.runner import measure
from bench.drivers.registry import fitted
from bench.host.exclusive import sole_measurement
from bench.libbpf import compiler
from bench.libbpf.object import BpfObject
from bench.quantities.cpu import CPU_PER_CALLBACK
from bench.spec import Cell, Grid, Phase, Sweep
from bench.store import RunFolder
from bench.sweep.plan import PlannedTrial
from bench.trial.rig import Rig
from bench.units import NS_PER_MS, format_percent, parse_share
from tests.perf.aa_keep import keep

TIMERS, TIMEOUT_NS = 2_000, 10 * NS_PER_MS
DURATION_NS = 300 * NS_PER_MS
TURNS, TIMES = 1_000_000, 15
PILOTS = 5


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known before.

    Attributes:
        turn_ns: Time of one turn of work.
        callback_ns: CPU time of a callback without any.
        turns: What variant b does more.
    """

    turn_ns: float
    callback_ns: float
    turns: int

    @property
    def change(self) -> float:
        """By how much more CPU time a callback of b takes, relative to one of a."""
        return self.turns * self.turn_ns / self.callback_ns


def turn_ns() -> float:
    """Time of one turn: the median of some calls of a million turns each."""
    with BpfObject(compiler.compiled("resident.bpf.c")) as program:
        program.load_only(("time_work",))
        program.load()
        arguments = np.zeros(1, dtype=abi.ARM_ARGS)
        arguments["count"] = TURNS
        return median(program.run("time_work", arguments) for _ in range(TIMES)) / TURNS


def callback_ns() -> float:
    """CPU time of a callback of variant a."""
    cell = fitted(
        Cell(program="resident", map_size=TIMERS, timeout_ns=TIMEOUT_NS, phase=Phase.BURST)
    )
    sweep = Sweep(duration=DURATION_NS, warmup=100 * NS_PER_MS, cells=(Grid(program="resident"),))
    with Rig([cell]) as rig:
        records = [
            measure(rig, PlannedTrial(trial=n, block=n, cell=cell), sweep, 1, lambda _: None).record
            for n in range(PILOTS)
        ]
    found = [value for record in records if (value := CPU_PER_CALLBACK.value(record)) is not None]
    return median(found)


def truth(share: float) -> Truth:
    """So many turns as take this share of a callback's time."""
    with sole_measurement(wait_s=120):
        turn, callback = turn_ns(), callback_ns()
    return Truth(turn, callback, max(round(share * callback / turn), 1))


def asked(known: Truth, results: Path) -> dict[str, Any]:
    """What ``bench ab`` says, as JSON, with its exit code."""
    command = [sys.executable, "-m", "bench", "ab", "--program", "resident"]
    command += ["--map-size", str(TIMERS), "--timeout", "10ms", "--phase", "burst"]
    command += ["--duration", "300ms", "--warmup", "100ms", "--metric", CPU_PER_CALLBACK.title]
    command += ["--a", "extra_work=0", "--b", f"extra_work={known.turns}"]
    command += ["--results", str(results), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout:
        raise RuntimeError(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found | {"exit": done.returncode}


def shown(known: Truth, found: dict[str, Any]) -> str:
    """Truth and finding, side by side."""
    ends = [format_percent(end) if end is not None else "-" for end in found["interval"] or ()]
    interval = f" ({' to '.join(ends)})" if ends else ""
    return (
        f"a turn takes {known.turn_ns:.2f} ns, a callback {known.callback_ns:.0f} ns; "
        f"{known.turns} turns are {format_percent(known.change)} more\n"
        f"{found['verdict']} after {found['pairs']} pairs, exit {found['exit']}: "
        f"{format_percent(found['change'])} more{interval}"
    )


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(prog="python -m tests.perf.known_truth")
    options.add_argument("--share", type=parse_share, default=0.2)
    options.add_argument("--keep", type=Path)
    given = options.parse_args()
    known = truth(given.share)
    with tempfile.TemporaryDirectory() as results:
        found = asked(known, Path(results))
        print(shown(known, found))
        if given.keep:
            keep(RunFolder.open(Path(found["path"])), given.keep, "ab")
            text = {"turn_ns": known.turn_ns, "callback_ns": known.callback_ns}
            text |= {"turns": known.turns, "change": known.change}
            (given.keep / "truth.json").write_text(json.dumps(text, indent=2) + "\n")


if __name__ == "__main__":
    main()
