"""What a distribution says twice: its figures, and the histogram that they were taken from."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from bench.analysis.pooled import decoded
from bench.errors import BenchError
from bench.histogram import HIGHEST_EQUIVALENT, LOWEST, Histogram
from bench.record import Distribution

Problem = tuple[str, str]
"""Field, and what is wrong with it."""
QUANTILES = {"p50_ns": 0.5, "p90_ns": 0.9, "p99_ns": 0.99, "p999_ns": 0.999}
ROUNDED = 0.01
"""Share of a mean that its sum may be apart by, which is read after the histogram."""


def of_distribution(seen: Distribution, field: str, *, exact: bool) -> Iterator[Problem]:
    """Whether its figures are in order, and those of its histogram.

    Args:
        seen: Of a record.
        field: What it is called there.
        exact: Whether all of it was read at once. Callbacks go on while that of the kernel is
            read: its extremes, which are read last, may be of values that it has not.
    """
    line = [seen.min_ns, seen.p50_ns, seen.p90_ns, seen.p99_ns, seen.p999_ns, seen.max_ns]
    known = [value for value in line if value is not None]
    if known != sorted(known):
        yield field, f"percentiles that fall: {known}"
    if seen.hdr is None:
        return
    try:
        histogram = decoded(seen, field)
    except BenchError as error:
        yield f"{field}.hdr", str(error)
        return
    if histogram.count != seen.count:
        yield f"{field}.count", f"{seen.count}; its histogram has {histogram.count}"
        return
    for name, quantile in QUANTILES.items():
        value = getattr(seen, name)
        if value is not None and histogram.quantile(quantile) != value:
            yield f"{field}.{name}", f"{value}; its histogram has {histogram.quantile(quantile)}"
    yield from _extremes(seen, histogram, field, exact=exact)


def _extremes(
    seen: Distribution, histogram: Histogram, field: str, *, exact: bool
) -> Iterator[Problem]:
    """Least, greatest and mean are in no counter, but each lies within some."""
    held = np.flatnonzero(histogram.counts)
    if not len(held) or seen.overflow:
        return
    shares = histogram.counts[held] / histogram.counts.sum()
    least, most = float(shares @ LOWEST[held]), float(shares @ HIGHEST_EQUIVALENT[held])
    bounds = {
        "min_ns": (LOWEST[held[0]] if exact else 0, HIGHEST_EQUIVALENT[held[0]]),
        "mean_ns": (least * (1 - ROUNDED), most * (1 + ROUNDED)),
        "max_ns": (LOWEST[held[-1]], HIGHEST_EQUIVALENT[held[-1]] if exact else math.inf),
    }
    for name, (low, high) in bounds.items():
        value = getattr(seen, name)
        if value is not None and not low <= value <= high:
            yield f"{field}.{name}", f"{value}; by its histogram it is from {low:.0f} to {high:.0f}"
