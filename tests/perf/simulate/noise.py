"""How trials of one cell scatter: logarithms of their figures around the cell's own median.

``recorded`` is the noise of recorded runs themselves. The others have what these show one at a
time: most of their cells scatter by .05 to .3; about one trial in twelve is disturbed and several
times as late; neighbouring trials resemble each other; and medians of a cell differ by about 25 %
between boots.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.record import Status
from bench.spec import Cell
from bench.store import RunFolder
from bench.store.run import read_run

Floats = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Floats]
"""So many successive trials of a cell."""
TOP = Path(__file__).resolve().parents[3]
QUIET = tuple(f"tests/data/aa-gate-{n}/{side}" for n in (1, 2) for side in ("base", "new"))
"""Trials of ``gate`` on the otherwise idle reference machine."""
BUSY = ("tests/data/aa/base", "tests/data/aa/new")
"""Trials of 0.3 s of the sweep ``aa`` while it did other work."""
GATE_HZ = 3_400
GATE_TIMEOUT_NS = 20_000_000
"""What a cell of the sweep ``gate`` has at least, and at most."""


def lognormal(spread: float) -> Draw:
    """Independent trials."""
    return lambda rng, n: rng.normal(0, spread, n)


def bursts(spread: float, chance: float = 1 / 12, times: float = 4.0) -> Draw:
    """Some trials are disturbed: so many times as late."""
    return lambda rng, n: rng.normal(0, spread, n) + np.log(times) * (rng.random(n) < chance)


def resembling(spread: float, rho: float = 0.3) -> Draw:
    """Each trial resembles the one before: AR(1)."""

    def draw(rng: np.random.Generator, n: int) -> Floats:
        steps = rng.normal(0, spread, n)
        found = np.empty(n)
        found[0] = steps[0]
        for place in range(1, n):
            found[place] = rho * found[place - 1] + np.sqrt(1 - rho**2) * steps[place]
        return found

    return draw


def recorded(paths: Iterable[str]) -> Draw:
    """Each cell scatters as one of these runs does, drawn anew, smoothed, without its median."""
    cells = residuals(paths)

    def draw(rng: np.random.Generator, n: int) -> Floats:
        pool = cells[rng.integers(len(cells))]
        return rng.choice(pool, n) + rng.normal(0, 0.3 * np.std(pool), n)

    return draw


def residuals(paths: Iterable[str]) -> list[Floats]:
    """By cell of the kind that ``gate`` has, logarithms of p99 less those of the run's median."""
    found: dict[Cell, list[Floats]] = defaultdict(list)
    for path in paths:
        by_cell: dict[Cell, list[float]] = defaultdict(list)
        for record in read_run(RunFolder.open(TOP / path)).records:
            late, fired = record.lateness, record.callbacks
            if record.status is not Status.OK or not (late and late.p99_ns and fired):
                continue
            if fired.fired_hz >= GATE_HZ and record.cell.timeout_ns <= GATE_TIMEOUT_NS:
                by_cell[record.cell].append(float(np.log(late.p99_ns)))
        for cell, logs in by_cell.items():
            # Medians of few trials follow them: what is left of the scatter is too little.
            wider = np.sqrt(len(logs) / (len(logs) - 1))
            found[cell].append(wider * (np.array(logs) - np.median(logs)))
    return [np.concatenate(parts) for parts in found.values()]
