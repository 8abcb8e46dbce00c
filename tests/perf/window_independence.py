"""Could several windows of one attach stand for as many trials? Only if they are independent.

``python -m tests.perf.window_independence [--sweep gate] [--attaches 10] [--windows 4]``

Each cell of the sweep is attached so many times, and each time so many windows are measured one
after the other. If windows of an attach resemble each other more than those of different attaches
do, they are fewer trials than they seem. That is the intraclass correlation of the logarithm of p99
lateness (one-way analysis of variance); its p-value is by exchange of windows between attaches of
a cell. A cell's windows are worth n / (1 + (n - 1) ICC) trials. It prints a table with the time
that an attach takes beside its windows (``timeline_ns``), and asserts nothing.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bench.drivers.registry import fitted
from bench.host.exclusive import sole_measurement
from bench.spec import Cell, Sweep
from bench.sweep.plan import expand, in_blocks
from bench.sweep.sweep_file import read_sweep
from bench.trial.measurement import Window
from bench.trial.rig import Rig
from bench.trial.trial import Trial, _Scene
from bench.units import NS_PER_S
from bench.words.cells import cell_text

EXCHANGES = 2_000
Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class Several(Trial):
    """A trial with several windows; its record would be that of the last."""

    windows: int = 1
    found: list[Window] = field(default_factory=list)

    def _measure(self, scene: _Scene) -> Window:
        self.found = [Trial._measure(self, scene) for _ in range(self.windows)]
        return self.found[-1]


@dataclass(frozen=True, slots=True)
class Found:
    """What the attaches of a cell say.

    Attributes:
        logs: Logarithm of p99 lateness, of shape (attaches, windows).
        attach_s: Median time of an attach without its windows, s.
    """

    logs: Floats
    attach_s: float

    @property
    def correlation(self) -> float:
        """The intraclass correlation; negative where windows of an attach differ more."""
        return intraclass(self.logs)

    @property
    def p(self) -> float:
        """Chance of so much if windows are exchangeable."""
        rng, seen = np.random.default_rng(1), self.correlation
        flat = self.logs.ravel()
        as_much = sum(
            intraclass(rng.permutation(flat).reshape(self.logs.shape)) >= seen
            for _ in range(EXCHANGES)
        )
        return (as_much + 1) / (EXCHANGES + 1)

    @property
    def worth(self) -> float:
        """Trials that the windows of an attach are worth."""
        n = self.logs.shape[1]
        return n / (1 + (n - 1) * max(self.correlation, 0.0))


def intraclass(logs: Floats) -> float:
    """ICC(1) of groups of equal size (Shrout and Fleiss 1979)."""
    n = logs.shape[1]
    between = n * logs.mean(axis=1).var(ddof=1)
    within = logs.var(axis=1, ddof=1).mean()
    return float((between - within) / (between + (n - 1) * within))


def measured(sweep: Sweep, attaches: int, windows: int) -> dict[Cell, Found]:
    """All cells of a sweep, block by block."""
    cells = expand(sweep, fitted)
    logs: dict[Cell, list[list[float]]] = {cell: [] for cell in cells}
    rest: dict[Cell, list[float]] = {cell: [] for cell in cells}
    with sole_measurement(wait_s=120), Rig(cells) as rig:
        for planned in in_blocks(cells, attaches, 1):
            trial = Several(
                rig, planned.cell, sweep, planned.trial, lambda _: None, windows=windows
            )
            trial.run()
            logs[planned.cell].append([_log_p99(window) for window in trial.found])
            steps = trial.timeline.steps_ns
            rest[planned.cell].append((sum(steps.values()) - steps["window"]) / NS_PER_S)
    whole = {cell: [row for row in logs[cell] if not np.isnan(row).any()] for cell in cells}
    return {cell: Found(np.array(whole[cell]), float(np.median(rest[cell]))) for cell in cells}


def _log_p99(window: Window) -> float:
    lateness = window.closing.counters.lateness_since(window.opening.counters)
    p99 = lateness.supported_quantile(0.99)
    return math.log(p99) if p99 else math.nan


def table(found: dict[Cell, Found]) -> str:
    """As Markdown."""
    lines = [
        "| cell | ICC | p | 4 windows are worth | attach |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for cell, one in found.items():
        values = (
            f"{one.correlation:.2f}",
            f"{one.p:.3f}",
            f"{one.worth:.1f}",
            f"{one.attach_s:.2f} s",
        )
        lines.append(f"| {cell_text(cell)} | {' | '.join(values)} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(prog="python -m tests.perf.window_independence")
    options.add_argument("--sweep", default="gate")
    options.add_argument("--attaches", type=int, default=10)
    options.add_argument("--windows", type=int, default=4)
    given = options.parse_args(arguments)
    print(table(measured(read_sweep(given.sweep), given.attaches, given.windows)))


if __name__ == "__main__":
    main()
