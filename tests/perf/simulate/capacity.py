"""How often six searches hold the capacity of a host that varies from trial to trial."""

from __future__ import annotations

import numpy as np

from bench.capacity.goal import parse_goal
from bench.capacity.repeated import SEARCHES, is_flat, outcomes, search_repeatedly
from bench.capacity.search import Measure, Range
from bench.record import Callbacks, Status, TrialRecord
from bench.spec import Cell
from tests.perf.simulate.table import Row

GOAL = parse_goal("served >= 99.9%")
WITHIN = Range(low_hz=10_000, high_hz=10_000_000, width=0.05, trials=5)
CELL = Cell(program="resident", map_size=1_000, timeout_ns=100_000_000)


def host(capacity_hz: float, spread: float, seed: int, met: float = 1.0) -> Measure:
    """Serves up to its capacity, log-normal from trial to trial.

    Args:
        capacity_hz: Its median.
        spread: Of its logarithm.
        seed: Of the trials.
        met: Share of trials that nothing else disturbs, whatever the rate.
    """
    rng = np.random.default_rng(seed)

    def measure(rate_hz: float) -> TrialRecord:
        served = min(capacity_hz * rng.lognormal(0, spread) / rate_hz, 1.0)
        served = served if rng.random() < met else 0.5 * served
        calls = Callbacks(fired=1, offered_hz=rate_hz, fired_hz=rate_hz * served, served=served)
        return TrialRecord(trial=1, block=1, status=Status.OK, cell=CELL, callbacks=calls)

    return measure


def held(spread: float, runs: int) -> int:
    """Of so many repeated searches those whose bounds hold the capacity."""
    rng, found = np.random.default_rng([5, round(100 * spread)]), 0
    for seed in range(runs):
        capacity_hz = float(700_000 * np.exp(rng.uniform(-0.5, 0.5)))
        (bounds,), _ = search_repeatedly([GOAL], WITHIN, host(capacity_hz, spread, seed), SEARCHES)
        # 99.9 % are served up to a thousandth above the capacity.
        lower, upper = bounds.lower_hz or 0.0, bounds.upper_hz or np.inf
        found += lower <= 1.0011 * capacity_hz and capacity_hz <= upper
    return found


def flat(met: float, capacity_hz: float, runs: int) -> int:
    """Of so many repeated searches those whose goal is called flat."""
    found = 0
    for seed in range(runs):
        measure = host(capacity_hz, 0.1, seed, met)
        (bounds,), trials = search_repeatedly([GOAL], WITHIN, measure, SEARCHES)
        lower = bounds.lower_hz or 0.0
        below = {s: [measure(lower * s) for _ in range(5)] for s in (0.1, 0.5, 0.9) if lower}
        found += is_flat(bounds, outcomes(bounds, trials, below))
    return found


def capacities(spread: float, runs: int) -> Row:
    """The row of a spread."""
    name = f"{100 * spread:.0f} % from trial to trial"
    return Row(
        "capacity within", name, f"{SEARCHES} searches", held(spread, runs) / runs, "0.92 or more"
    )
