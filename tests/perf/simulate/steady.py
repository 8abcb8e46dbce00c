"""How often a pilot finds when a cell settles, and how often windows are said to have a trend."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bench.analysis.trends import trends
from bench.record import Status, TrialRecord
from bench.spec import Cell
from bench.trial.measurement import Sample
from bench.trial.sampling import PERIOD_NS
from bench.trial.settling import settled_ns
from tests.perf.simulate.noise import Draw
from tests.perf.simulate.table import Row

SAMPLES = 34
"""Of a pilot of 3.5 s."""
LATE = 5
"""Samples until a cell settles."""
CELLS, TRIALS = 8, 24


def pilot(draw: Draw, rng: np.random.Generator, late: int, factor: float) -> list[Sample]:
    """One whose mean lateness is so many times as high at first."""
    logs = draw(rng, SAMPLES) + np.log(factor) * (np.arange(SAMPLES) < late)
    return [
        Sample((n + 1) * PERIOD_NS, 1e4, None, 0.1, 0.0, None, mean_ns=2e4 * float(np.exp(log)))
        for n, log in enumerate(logs)
    ]


def settles(name: str, draw: Draw, runs: int) -> Iterator[Row]:
    """Of pilots that are steady at once, and of such that settle after half a second."""
    rng = np.random.default_rng(7)
    found = [settled_ns(pilot(draw, rng, 0, 1.0), 2) for _ in range(runs)]
    yield Row("pilot, steady: at once", name, "one trial", found.count(0) / runs, "0.95 or more")
    late = [settled_ns(pilot(draw, rng, LATE, 3.0), 2) for _ in range(runs)]
    near = sum(one is not None and abs(one - LATE * PERIOD_NS) <= PERIOD_NS for one in late)
    yield Row("pilot, x3 for 0.5 s: found", name, "one trial", near / runs, "0.8 or more")


def windows(draw: Draw, rng: np.random.Generator, growth: float) -> list[TrialRecord]:
    """A run of which the windows of one cell grow by so much."""
    return [
        TrialRecord(
            trial=trial,
            block=trial,
            status=Status.OK,
            cell=Cell(program="resident", map_size=cell + 1, timeout_ns=10_000_000),
            thirds={"mean_ns": (2e4, 2e4 * float(np.exp(change)) * (growth if not cell else 1.0))},
        )
        for cell in range(CELLS)
        for trial, change in enumerate(draw(rng, TRIALS) - draw(rng, TRIALS), 1)
    ]


def found_trends(name: str, draw: Draw, runs: int) -> Iterator[Row]:
    """Of runs without a trend, and of runs of which one cell has one."""
    rng, of = np.random.default_rng(8), f"{CELLS} cells, {TRIALS} trials"
    steady = sum(any(t.found for t in trends(windows(draw, rng, 1.0))) for _ in range(runs))
    yield Row("no trend: one is found", name, of, steady / runs, "0.05 or less")
    grown = sum(trends(windows(draw, rng, 1.5))[0].found for _ in range(runs))
    yield Row("one cell grows by half: found", name, of, grown / runs, "0.8 or more")
