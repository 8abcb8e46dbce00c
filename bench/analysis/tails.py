"""Tails of lateness: percentiles of all callbacks of a cell, with what their number carries.

Pure. The interval of such a percentile follows from the number of callbacks as if they were
independent. Those of one softirq run are not, so it is the least that the uncertainty can be;
cells are compared by the interval over trials.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.analysis.figure_text import joined
from bench.analysis.pooled import Sample, pooled_interval
from bench.stats.bootstrap import Interval
from bench.units import format_count, format_duration
from bench.words.escape import Markdown, table

QUANTILES = {"p99": 0.99, "p99.9": 0.999, "p99.99": 0.9999}


@dataclass(frozen=True, slots=True)
class Percentile:
    """One percentile, ns, with its interval by order statistics."""

    ns: int
    interval: Interval | None


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
        f"All callbacks of a cell's ok trials together. {place} is the 95 % interval that their "
        "number alone would give a percentile, by order statistics. It is a lower bound of the "
        "uncertainty, because callbacks of one softirq run are not independent of each other: "
        f"compare cells by the interval over trials in {table}. A percentile is shown only where "
        "at least ten callbacks lie beyond it."
    )


def tail_of(cell: str, sample: Sample) -> Tail | None:
    """The tail of a cell; None if it has too few callbacks for any of its percentiles."""
    pooled, found = sample.pooled, {}
    for name, q in QUANTILES.items():
        ns = pooled.supported_quantile(q)
        if ns is not None:
            found[name] = Percentile(ns, pooled_interval(pooled, q))
    return Tail(cell, len(sample.trials), pooled.count, found) if found else None


def known_percentiles(tails: Sequence[Tail]) -> list[str]:
    """Names of the percentiles that any cell has."""
    return [name for name in QUANTILES if any(name in tail.percentiles for tail in tails)]


def interval_text(percentile: Percentile) -> str:
    """Both ends, the unit written once; empty where the sample has no upper end."""
    if percentile.interval is None:
        return ""
    return joined(*map(format_duration, (percentile.interval.low, percentile.interval.high)))


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
    ends = interval_text(percentile)
    return format_duration(percentile.ns) + (f" ({ends})" if ends else "")
