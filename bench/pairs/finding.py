"""What all pairs together say, at any time. Pure.

Four sign tests go on beside each other: is the change of more than half of all pairs beyond the
margin, above or below; does it lie under the upper margin, and over the lower one? Each can be
looked at after every pair (:mod:`bench.stats.sequential`). A pair of which nothing is known speaks
against all four.

Neighbouring pairs that resemble each other would count twice. Where the correlation of neighbours
is above .2, groups of two pairs, or of four, have to agree as well. They never decide alone: so
what was chosen by a look at the values can only make an answer later, not more often wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from bench.stats.bootstrap import Interval
from bench.stats.sequential import evidence, grouped, lag_one, needed

PAIRS = 40
"""After so many pairs there is no more to come."""
DIFFERENT = 40.0
"""Evidence that stops for worse and for better: each is false in 2.5 % of runs at most."""
ALIKE = 20.0
"""Evidence against both margins that stops for same: false in 5 % of runs at most."""
LAG = 0.2
"""Correlation of neighbouring pairs above which groups of them have to agree."""
FEWEST = 8
"""Pairs below which their correlation says nothing."""
LARGEST = 4
"""Pairs in a group at most: ten groups of forty pairs."""
LEVEL = 0.95


class Verdict(StrEnum):
    """What b is, compared with a; ``no worse`` is either same or better, and not known which."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"
    NO_WORSE = "no worse"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The answer so far.

    Attributes:
        verdict: None while more pairs may decide it.
        evidence: E-values for ``worse``, ``better``, ``not_worse`` and ``not_better``.
        group: Pairs that counted together.
        median: Of the known changes, on the metric's axis; None without any.
        interval: Of the median change; it may be looked at at any time. None for too few pairs.
    """

    verdict: Verdict | None
    evidence: dict[str, float]
    group: int
    median: float | None
    interval: Interval | None


def find_out(changes: Sequence[float], margin: float, *, last: bool = False) -> Finding:
    """What these changes say.

    Args:
        changes: As in :class:`bench.pairs.changes.Pairs`.
        margin: What matters, on the metric's axis.
        last: No more pairs will come.
    """
    size = group_of(changes)
    units = [grouped(changes, one) for one in sorted({1, size})]

    def shown(success: Callable[[float], bool]) -> float:
        return min(evidence(sum(map(success, unit)), len(unit)) for unit in units)

    found = {
        "worse": shown(lambda change: change > margin),
        "better": shown(lambda change: change < -margin),
        "not_worse": shown(lambda change: change < margin),
        "not_better": shown(lambda change: change > -margin),
    }
    known = [change for change in changes if change == change]
    return Finding(
        verdict=_verdict(found, last=last),
        evidence=found,
        group=size,
        median=float(np.median(known)) if known else None,
        interval=interval_of(units[-1]),
    )


def _verdict(found: dict[str, float], *, last: bool) -> Verdict | None:
    if found["worse"] >= DIFFERENT:
        return Verdict.WORSE
    if found["better"] >= DIFFERENT:
        return Verdict.BETTER
    if min(found["not_worse"], found["not_better"]) >= ALIKE:
        return Verdict.SAME
    if not last:
        return None
    return Verdict.NO_WORSE if found["not_worse"] >= ALIKE else Verdict.CANNOT_TELL


def group_of(changes: Sequence[float]) -> int:
    """How many neighbouring pairs are one: until groups do not resemble their neighbours."""
    size = 1
    while len(changes) >= FEWEST and size < LARGEST and lag_one(grouped(changes, size)) > LAG:
        size *= 2
    return size


def interval_of(changes: Sequence[float]) -> Interval | None:
    """The changes that are not refuted at any look, with evidence of 40 on either side."""
    most = needed(len(changes), DIFFERENT)
    if most is None:
        return None
    # A pair of which nothing is known may lie anywhere.
    low = sorted((-np.inf if c != c else c for c in changes), reverse=True)[most - 1]
    high = sorted(np.inf if c != c else c for c in changes)[most - 1]
    return None if np.isinf([low, high]).all() else Interval(float(low), float(high), LEVEL)
