"""Tails of lateness: percentiles of all callbacks of a cell, and how they differ between trials.

Pure. Callbacks of one softirq run, and of one disturbance, are late together: of intervals that
take them for independent, 13 to 16 % hold the truth where 95 % should. So the trial is the unit
here, too: beside a percentile stands its range over trials, and whether most of the callbacks
beyond it are of a single trial.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.analysis.figure_text import joined
from bench.analysis.pooled import Sample
from bench.histogram import HIGHEST_EQUIVALENT, Histogram
from bench.units import format_count, format_duration
from bench.words.escape import Markdown, table

QUANTILES = {"p99": 0.99, "p99.9": 0.999, "p99.99": 0.9999}


ALONE = "one trial"
TOGETHER = "no trial alone"
MOSTLY = "mostly one trial"


@dataclass(frozen=True, slots=True)
class Percentile:
    """One percentile of all callbacks, ns.

    Attributes:
        ns: Of all trials together.
        range: The lowest and the highest that a trial has alone; None if not every trial carries
            the percentile, or there is only one.
        caution: What it rests on, where that is not all trials alike; empty if it is.
    """

    ns: int
    range: tuple[int, int] | None
    caution: str = ""


@dataclass(frozen=True, slots=True)
class Tail:
    """The tail of one cell.

    Attributes:
        cell: The cell in words.
        trials: Trials whose callbacks it is made of.
        percentiles: By name; only those that the sample can carry.
    """

    cell: str
    trials: int
    callbacks: int
    percentiles: dict[str, Percentile]


def meaning(*, place: str, table: str) -> str:
    """What the section shows; ``place`` is where the intervals stand, ``table`` the main one."""
    return (
        f"All callbacks of a cell's ok trials together. {place} is the range of the percentile "
        f"over trials, from the lowest to the highest, or what it rests on: {TOGETHER!r}: none has "
        f"callbacks enough for it; {MOSTLY!r}: of the callbacks beyond it more than half are of a "
        f"single one, so that another run may not see them; {ALONE!r}: there is no other. Compare "
        f"cells by the intervals over trials in {table}. A percentile is shown only where at least "
        "ten callbacks lie beyond it."
    )


def tail_of(cell: str, sample: Sample) -> Tail | None:
    """The tail of a cell; None if it has too few callbacks for any of its percentiles."""
    pooled, found = sample.pooled, {}
    for name, q in QUANTILES.items():
        ns = pooled.supported_quantile(q)
        if ns is not None:
            found[name] = _percentile(ns, q, sample.trials)
    return Tail(cell, len(sample.trials), pooled.count, found) if found else None


def _percentile(ns: int, q: float, trials: Sequence[Histogram]) -> Percentile:
    if len(trials) == 1:
        return Percentile(ns, None, ALONE)
    beyond = [_beyond(trial, ns) for trial in trials]
    mostly = MOSTLY if 2 * max(beyond) > sum(beyond) else ""
    if any(trial.supported_quantile(q) is None for trial in trials):
        return Percentile(ns, None, mostly or TOGETHER)
    highest = [trial.quantile(q) or 0 for trial in trials]
    lowest = min(trial.lowest_quantile(q) or 0 for trial in trials)
    return Percentile(ns, (lowest, max(highest)), mostly)


def _beyond(trial: Histogram, ns: int) -> int:
    """Callbacks at the counter of ``ns`` or above."""
    return int(trial.counts[np.searchsorted(HIGHEST_EQUIVALENT, ns) :].sum()) + trial.overflow


def known_percentiles(tails: Sequence[Tail]) -> list[str]:
    """Names of the percentiles that any cell has."""
    return [name for name in QUANTILES if any(name in tail.percentiles for tail in tails)]


def range_text(percentile: Percentile) -> str:
    """Both ends, the unit written once, and what it rests on; empty where neither is known."""
    ends = joined(*map(format_duration, percentile.range)) if percentile.range else ""
    return "; ".join(filter(None, (ends, percentile.caution)))


def tails_table(tails: Sequence[Tail]) -> Markdown:
    """A row for each cell."""
    names = known_percentiles(tails)
    rows = [
        (
            tail.cell,
            str(tail.trials),
            format_count(tail.callbacks),
            *(_text(tail.percentiles.get(name)) for name in names),
        )
        for tail in tails
    ]
    return table(("cell", "trials", "callbacks", *names), rows, right=1)


def _text(percentile: Percentile | None) -> str:
    if percentile is None:
        return "-"
    ends = range_text(percentile)
    return format_duration(percentile.ns) + (f" ({ends})" if ends else "")
