"""When did a window settle? From the series of a pilot to the warm-up that it asks for. Pure.

The second half of the window is what it has settled to, if that half keeps its level. Each few
successive samples of the first half are compared with it, so that a beginning is seen which is too
short a part of the whole window for a change point.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import numpy as np

from bench.stats.blocked import shift
from bench.stats.change import SHORTEST, Change
from bench.trial.measurement import Sample
from bench.trial.sampling import PERIOD_NS
from bench.trial.steadiness import Series, level_change, matters, series_of

FEW = 3
"""Successive samples that are compared: the fewest of which a rank test says something."""
UNLIKE = 0.05
"""Significance of that: a burst in the second half must not hide what is before."""


def settled_ns(samples: Sequence[Sample], cpus: int) -> int | None:
    """Time from the window's opening until all series keep their level, in whole periods.

    None if one does not keep it in the second half of the window, or is not at that level well
    before, or if the samples are too few.
    """
    places = [_settled(each) for each in series_of(samples, cpus)]
    known = [place for place in places if place is not None]
    if len(samples) < 2 * SHORTEST or len(known) < len(places):
        return None
    last = max(known, default=0)
    return round(samples[last - 1].t_ns / PERIOD_NS) * PERIOD_NS if last else 0


def _settled(series: Series) -> int | None:
    """Samples before it is at the level of the second half."""
    half = len(series.values) // 2
    steady = series.after(half)
    if level_change(steady) is not None:
        return None
    ends = range(FEW, half + 1)
    last = max((end for end in ends if _differs(series, end, steady)), default=0)
    return None if last > half - FEW else last


def _differs(series: Series, end: int, steady: Series) -> bool:
    few = series.values[end - FEW : end]
    p = shift([(np.array(steady.values), np.array(few))]).p
    found = Change(end, median(few), median(steady.values), p)
    return p <= UNLIKE and matters(found, series.relative)
