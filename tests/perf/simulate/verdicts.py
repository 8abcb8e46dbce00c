"""How often a comparison of two simulated runs answers what, through the code that compares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from bench.compare.answer import answer
from bench.compare.measured import compare
from bench.compare.verdict import Settings
from bench.exits import Exit
from bench.record import Distribution, Status, TrialRecord
from bench.spec import Cell
from tests.perf.simulate.noise import Draw, Floats
from tests.perf.simulate.table import Row

SETTINGS = Settings()
Change = Callable[[int], float]
"""By how much a cell's logarithms rise."""


def same(cell: int) -> float:
    """Nothing changed."""
    return 0.0


def one_cell(factor: float) -> Change:
    """One cell of all became worse."""
    return lambda cell: float(np.log(factor)) if cell == 0 else 0.0


def records(logs: Sequence[Floats]) -> list[TrialRecord]:
    """Trials whose p99 lateness is 20 µs times the exponential of these, cell by cell."""
    return [
        TrialRecord(
            trial=block * len(logs) + number,
            block=block,
            status=Status.OK,
            cell=Cell(program="resident", map_size=number + 1, timeout_ns=10_000_000),
            lateness=_p99(round(20_000 * float(np.exp(log)))),
        )
        for number, trials in enumerate(logs)
        for block, log in enumerate(trials, 1)
    ]


def _p99(ns: int) -> Distribution:
    return Distribution(
        count=1_000,
        min_ns=None,
        mean_ns=None,
        p50_ns=None,
        p90_ns=None,
        p99_ns=ns,
        p999_ns=None,
        max_ns=None,
    )


def exits(
    draw: Draw, change: Change, *, cells: int, trials: int, runs: int, boot_spread: float = 0.0
) -> Counter[Exit]:
    """Exit codes of so many comparisons.

    Args:
        draw: Noise of a cell's trials; both runs of a cell have the same.
        change: Of the new run.
        cells: Of both runs, with so many ``trials`` each.
        runs: Comparisons made.
        boot_spread: Of the medians of a cell between boots; each run is of a boot of its own.
    """
    rng = np.random.default_rng([4, cells, trials])
    found: Counter[Exit] = Counter()
    for _ in range(runs):
        both = [draw(rng, 2 * trials) for _ in range(cells)]
        boots = rng.normal(0, boot_spread, (2, cells))
        base = records([x[::2] + boots[0, n] for n, x in enumerate(both)])
        new = records([x[1::2] + boots[1, n] + change(n) for n, x in enumerate(both)])
        found[answer(compare(base, new, SETTINGS), SETTINGS).exit] += 1
    return found


def answers(name: str, draw: Draw, *, cells: int, trials: int, runs: int) -> Iterator[Row]:
    """Of runs of the same thing, and of runs of which one cell became worse by half."""
    of = f"{cells} cells, {trials} trials"
    found = exits(draw, same, cells=cells, trials=trials, runs=runs)
    yield Row("same thing: exit 0", name, of, found[Exit.GOOD] / runs, "0.8 or more")
    yield Row("same thing: exit 1", name, of, found[Exit.BAD] / runs, "0.05 or less")
    found = exits(draw, one_cell(1.5), cells=cells, trials=trials, runs=runs)
    yield Row("one cell x1.5: exit 1", name, of, found[Exit.BAD] / runs, "0.8 or more")
    yield Row("one cell x1.5: exit 0", name, of, found[Exit.GOOD] / runs, "0.05 or less")
