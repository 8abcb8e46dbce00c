"""``python -m tests.perf.simulate [--runs N] [--write]``: the table."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from tests.perf.simulate.boots import answers_of_boots
from tests.perf.simulate.capacity import capacities
from tests.perf.simulate.estimators import changes, medians, sequential
from tests.perf.simulate.noise import BUSY, QUIET, bursts, lognormal, recorded, resembling
from tests.perf.simulate.pairs import answers_of_pairs
from tests.perf.simulate.steady import found_trends, settles
from tests.perf.simulate.table import Row, table, write
from tests.perf.simulate.verdicts import answers

NOISES = {
    "log-normal 0.25": lognormal(0.25),
    "bursts": bursts(0.15),
    "AR(1) 0.3": resembling(0.25),
    "recorded, idle host": recorded(QUIET),
    "recorded, busy host": recorded(BUSY),
}
GATE = {"cells": 8, "trials": 24}


def rows(runs: int) -> Iterator[Row]:
    """All rows, of so many simulated runs each; a tenth of them where cells are compared."""
    for name, draw in NOISES.items():
        for trials in (5, 8, 24):
            yield medians(name, draw, trials, runs)
    for name, draw in NOISES.items():
        for trials in (8, 24):
            yield from changes(name, draw, trials, runs // 4)
    for target in (0.10, 0.05):
        yield sequential(target, runs // 2)
    for name in ("log-normal 0.25", "bursts", "AR(1) 0.3"):
        yield from settles(name, NOISES[name], runs // 4)
        yield from found_trends(name, NOISES[name], runs // 10)
    for spread in (0.0, 0.05, 0.2, 0.4):
        yield capacities(spread, 200)
    for name in ("recorded, idle host", "recorded, busy host"):
        yield from answers(name, NOISES[name], runs=runs // 10, **GATE)
    yield from answers_of_boots("recorded, idle host", NOISES["recorded, idle host"], runs // 20)
    for name in ("AR(1) 0.3", "recorded, idle host", "recorded, busy host"):
        yield from answers_of_pairs(name, NOISES[name], runs // 10)


def main() -> None:
    """Print it, and write it if asked."""
    asked = argparse.ArgumentParser(prog="python -m tests.perf.simulate")
    asked.add_argument("--runs", type=int, default=4_000)
    asked.add_argument("--write", action="store_true")
    given = asked.parse_args()
    text = table(rows(given.runs))
    print(text, end="")
    if given.write:
        write(text)


if __name__ == "__main__":
    main()
