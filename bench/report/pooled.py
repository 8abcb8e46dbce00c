"""Trials of one cell taken together: only what is one distribution may be merged. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from bench.histogram import HIGHEST_EQUIVALENT, Histogram
from bench.record import TrialRecord
from bench.stats.bootstrap import Interval
from bench.stats.tail import tail_interval


def pooled_lateness(records: Sequence[TrialRecord]) -> Histogram:
    """All callbacks of some trials of one cell; trials without a histogram add nothing.

    Raises:
        ValueError: The trials are of several cells, whose mixture describes none of them.
    """
    cells = {record.cell for record in records}
    if len(cells) > 1:
        raise ValueError(f"histograms of {len(cells)} cells must not be merged")
    texts = [record.lateness.hdr for record in records if record.lateness and record.lateness.hdr]
    return reduce(Histogram.merged, map(Histogram.decode, texts), Histogram())


def pooled_interval(pooled: Histogram, q: float) -> Interval | None:
    """Interval of a percentile as far as the number of callbacks decides it, ns."""
    if pooled.supported_quantile(q) is None:
        return None
    return tail_interval(pooled.counts, HIGHEST_EQUIVALENT, q)
