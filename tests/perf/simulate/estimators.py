"""How often intervals and bounds hold the truth, which is zero."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bench.stats.blocked import shift, upper_bound
from bench.stats.bootstrap import SEQUENTIAL, interval
from tests.perf.simulate.noise import Draw, Floats
from tests.perf.simulate.table import Row

PRECISE = 60
"""Trials of a cell after which a run with --precision gives up."""


def medians(name: str, draw: Draw, trials: int, runs: int) -> Row:
    """The interval of a median over trials."""
    rng = np.random.default_rng([1, trials])
    truth = float(np.median(np.concatenate([draw(rng, 50) for _ in range(400)])))
    found = [interval(draw(rng, trials)) for _ in range(runs)]
    level = found[0].level if found[0] else 0.0
    held = np.mean([one is not None and one.low <= truth <= one.high for one in found])
    return Row("interval of a median", name, f"{trials} trials", float(held), f"{level:.3g}")


def changes(name: str, draw: Draw, trials: int, runs: int) -> Iterator[Row]:
    """Interval and upper bound of the change between two runs of the same thing."""
    rng = np.random.default_rng([2, trials])
    held = passed = 0
    for _ in range(runs):
        both = draw(rng, 2 * trials)
        block = both[::2], both[1::2]
        seen = shift([block]).interval
        held += seen is not None and seen.low <= 0 <= seen.high
        passed += upper_bound([block]) < 0
    of = f"{trials} against {trials}"
    yield Row("interval of a change", name, of, held / runs, "0.95 or more")
    yield Row("upper bound below the true change", name, of, passed / runs, "0.05 or less")


def sequential(target: float, runs: int, spread: float = 0.1) -> Row:
    """The interval at the end of a run that was repeated until it was narrow enough."""
    rng = np.random.default_rng(3)
    held = sum(_held(rng.normal(0, spread, PRECISE), target) for _ in range(runs))
    what = f"--precision {100 * target:.0f}%"
    return Row(what, f"log-normal {spread:.2g}", "until narrow", held / runs, "0.95")


def _held(logs: Floats, target: float) -> bool:
    for trials in range(6, PRECISE + 1):
        found = interval(np.exp(logs[:trials]), level=SEQUENTIAL)
        if found and found.half_width <= target * float(np.median(np.exp(logs[:trials]))):
            break
    return found is not None and found.low <= 1 <= found.high
