"""Knees of a page's cells in words: where callbacks fall behind, and ksoftirqd takes over. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from bench.analysis.cell_rows import CellRow
from bench.analysis.effect_text import knee_ends
from bench.analysis.families import namer
from bench.analysis.figure_text import interval_name, joined
from bench.analysis.knees import SATURATED, TAKEN_OVER, Knee, Onset, knees
from bench.quantities.callbacks import BATCH
from bench.record import TrialRecord
from bench.units import format_count
from bench.words.plurals import counted


@dataclass(frozen=True, slots=True)
class NamedKnee:
    """The knee of one family, and the family in words: ``resident, load 2k``."""

    name: str
    knee: Knee


def ceiling(rows: Iterable[CellRow]) -> NamedKnee | None:
    """The family that kept up with the highest rate; None if no cell has both rates.

    Each family is judged by itself: one whose callbacks are lost at a low rate says nothing
    about another.
    """
    found = _named(rows, SATURATED)
    return max(
        found, key=lambda each: (each.knee.below_hz or 0, each.knee.rates_hz[-1]), default=None
    )


def takeovers(rows: Iterable[CellRow]) -> tuple[NamedKnee, ...]:
    """Families in which ksoftirqd runs half of the callbacks at some rate, lowest rate first."""
    met = [each for each in _named(rows, TAKEN_OVER) if each.knee.at_hz is not None]
    return tuple(sorted(met, key=lambda each: each.knee.at_hz or 0))


def _named(rows: Iterable[CellRow], onset: Onset) -> list[NamedKnee]:
    hosts: dict[str, list[TrialRecord]] = {}
    for row in rows:
        hosts.setdefault(row.host, []).extend((*row.shown, *row.worst))
    found = [(host, knee) for host, records in hosts.items() for knee in knees(records, onset)]
    name = namer([knee.family.cell for _, knee in found])
    return [
        NamedKnee(f"{host}: {name(knee.family.cell)}" if host else name(knee.family.cell), knee)
        for host, knee in found
    ]


def batch_text(knee: Knee) -> str:
    """``, 3.20 callbacks in a softirq``; empty where that was not measured."""
    return "" if knee.batch is None else f", {BATCH.text(knee.batch)} to a softirq"


def rate_text(knee: Knee) -> str:
    """``340k/s (312-361k/s, 95 % interval)``; only of a knee that has a rate."""
    assert knee.rate_hz is not None, "the caller asked for it"
    return f"{format_count(knee.rate_hz)}/s ({spread_of(knee)})"


def spread_of(knee: Knee) -> str:
    """The interval over blocks, or of how few blocks it is."""
    if knee.interval is not None:
        low, high = knee_ends(knee)
        within = knee.interval.low > 0 and knee.interval.high < math.inf
        ends = joined(low, high) if within else f"{low} to {high}"
        return f"{ends}/s, {interval_name(knee.interval.level)}"
    if knee.blocks < knee.of_blocks:
        return f"in {knee.blocks} of {counted(knee.of_blocks, 'block')}"
    return f"median of {counted(knee.blocks, 'block')}" if knee.blocks > 1 else "one block"


def between(knee: Knee) -> str:
    """``between 1M/s and 10M/s``: the rates offered that the knee lies between."""
    assert knee.below_hz is not None and knee.at_hz is not None, "the caller asked for it"
    return f"between {format_count(knee.below_hz)}/s and {format_count(knee.at_hz)}/s"
