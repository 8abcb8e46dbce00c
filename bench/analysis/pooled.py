"""Trials of one cell taken together: only what is one distribution may be merged. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from bench.errors import BenchError
from bench.histogram import COUNTERS, Histogram
from bench.record import Distribution, TrialRecord
from bench.words.plurals import counted


@dataclass(frozen=True, slots=True)
class Sample:
    """The callbacks of one cell: a histogram of each trial that has one, and all together."""

    trials: tuple[Histogram, ...]
    pooled: Histogram


def decoded(summary: Distribution, where: str) -> Histogram:
    """The histogram of a record, with the exact extremes that are recorded beside it.

    Args:
        summary: One that has a histogram.
        where: What it is of, for the reader of an error.

    Raises:
        BenchError: The histogram cannot be decoded.
    """
    try:
        found = Histogram.decode(summary.hdr or "")
    except Exception as error:  # The library raises whatever its parts do.
        raise _broken(where, str(error)) from error
    if len(found.counts) != COUNTERS:
        raise _broken(where, f"it has {counted(len(found.counts), 'counter')}, not {COUNTERS}")
    return replace(
        found,
        min_ns=summary.min_ns,
        max_ns=summary.max_ns,
        negative=summary.negative,
        overflow=summary.overflow,
    )


def _broken(where: str, why: str) -> BenchError:
    problem = f"the histogram of {where} cannot be decoded: {why}"
    return BenchError(problem, remedy="Restore trials.jsonl from a copy")


def merged(histograms: Iterable[Histogram]) -> Histogram:
    """All together; the caller answers for their being of one cell."""
    return reduce(Histogram.merged, histograms, Histogram())


def pooled_lateness(records: Sequence[TrialRecord]) -> Sample:
    """All callbacks of some trials of one cell; trials without a histogram add nothing.

    Raises:
        ValueError: The trials are of several cells, whose mixture describes none of them.
        BenchError: A histogram cannot be decoded.
    """
    cells = {record.cell for record in records}
    if len(cells) > 1:
        raise ValueError(f"histograms of {counted(len(cells), 'cell')} must not be merged")
    trials = tuple(
        decoded(record.lateness, f"trial {record.trial}, lateness")
        for record in records
        if record.lateness and record.lateness.hdr
    )
    return Sample(trials, merged(trials))
