"""How often ``bench ab`` answers what, looking after every pair as it does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from bench.pairs.finding import PAIRS, Verdict, find_out
from tests.perf.simulate.noise import Draw
from tests.perf.simulate.table import Row

MARGIN = float(np.log1p(0.1))
GOOD = (Verdict.SAME, Verdict.BETTER, Verdict.NO_WORSE)


def verdicts(draw: Draw, factor: float, runs: int) -> tuple[Counter[Verdict], float]:
    """Verdicts of so many runs in which b is so many times as late as a, and their median pairs."""
    rng = np.random.default_rng([6, round(100 * factor)])
    found: Counter[Verdict] = Counter()
    lengths = []
    for _ in range(runs):
        trials = draw(rng, 2 * PAIRS).reshape(PAIRS, 2)
        turned = np.where(rng.random(PAIRS) < 0.5, 1, -1)
        changes = [float(c) for c in turned * (trials[:, 1] - trials[:, 0]) + np.log(factor)]
        verdict, pairs = _ended(changes)
        found[verdict] += 1
        lengths.append(pairs)
    return found, float(np.median(lengths))


def _ended(changes: list[float]) -> tuple[Verdict, int]:
    for pairs in range(1, PAIRS + 1):
        verdict = find_out(changes[:pairs], MARGIN, last=pairs == PAIRS).verdict
        if verdict is not None:
            return verdict, pairs
    raise AssertionError("the last pair leaves nothing open")


def answers_of_pairs(name: str, draw: Draw, runs: int) -> Iterator[Row]:
    """Of the same thing twice, of a change on the margin, and of one by half."""
    for factor, wanted in ((1.0, "0.05 or less"), (1.1, "0.05 or less"), (1.5, "0.8 or more")):
        found, pairs = verdicts(draw, factor, runs)
        what = f"ab, x{factor:g}" if factor > 1 else "ab, same thing"
        of = f"{PAIRS} pairs at most, median {pairs:.0f}"
        yield Row(f"{what}: worse", name, of, found[Verdict.WORSE] / runs, wanted)
        if factor != 1.1:
            good = sum(found[verdict] for verdict in GOOD) / runs
            yield Row(f"{what}: exit 0", name, of, good, "-" if factor == 1 else "0.05 or less")
