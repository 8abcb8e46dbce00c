"""Which change a comparison can find: by the number of trials, and by how they scatter. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import NormalDist, median

import numpy as np

from bench.compare.cells import by_cell
from bench.compare.verdict import Comparison, Settings
from bench.quantities.primary import PRIMARY_LATENESS, primary_of
from bench.quantities.quantity import Quantity
from bench.record import Status, TrialRecord

REFERENCE = 0.29
"""Spread of the logarithm of p99 lateness between trials of 0.3 s, median over cells of the kind
that the sweep ``gate`` has, on the otherwise idle reference machine: ``tests/data/aa-second``."""
FOUND = 0.8
"""Share of cases in which a change of that size is found."""
RANKS = math.sqrt(math.pi / 3)
"""By how much ranks need a change to be larger than means do, where trials are normal: Hodges and
Lehmann, *The efficiency of some nonparametric competitors of the t-test*, 1956."""
FEWEST = 3


def detectable(
    spread: float,
    base: int,
    new: int,
    cells: int,
    settings: Settings,
    metric: Quantity = PRIMARY_LATENESS,
) -> float:
    """Factor of one cell's primary metric that is found in four of five cases, as one of ``cells``.

    Args:
        spread: Of the logarithm between trials, or whatever is the unit.
        base: Trials of the cell; ``new`` likewise.
        cells: The correction that the change has to survive, if it is the only one.
        settings: What counts.
        metric: The primary metric.
    """
    normal = NormalDist()
    apart = normal.inv_cdf(1 - settings.alpha / cells) + normal.inv_cdf(FOUND)
    # Few values know their own spread badly: so much wider are Student's tails than the normal.
    few = (base + new) / max(base + new - 4, 1)
    error = RANKS * spread * math.sqrt(few * (1 / base + 1 / new))
    return math.exp(settings.margin(metric) + apart * error)


def spread_of(records: Iterable[TrialRecord]) -> float | None:
    """How trials of a run scatter: in the median of its cells; None if it has too few."""
    found = []
    for trials in by_cell(records).values():
        metric = primary_of(trials)
        ok = [record for record in trials if record.status is Status.OK]
        known = [metric.value(record) for record in ok] if metric else []
        found += _spread([value for value in known if value is not None])
    return median(found) if found else None


def could_find(comparisons: Sequence[Comparison], settings: Settings) -> float | None:
    """What a comparison was able to find, by its own trials; None if it has too few of them."""
    primary = [item for item in comparisons if item.primary and item.sides]
    spreads = [s for i in primary for side in i.sides or () for s in _spread(side.values)]
    sizes = [(i.base_trials, i.new_trials) for i in primary if i.base_trials and i.new_trials]
    if not spreads or not sizes:
        return None
    base, new = (round(median(size)) for size in zip(*sizes, strict=True))
    widest = max((item.metric for item in primary), key=settings.margin)
    return detectable(median(spreads), base, new, len(primary), settings, widest)


def _spread(values: Sequence[float]) -> list[float]:
    known = [math.log(value) for value in values if value > 0]
    return [float(np.std(known, ddof=1))] if len(known) >= FEWEST else []
