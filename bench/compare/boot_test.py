"""Boots of two sides compared, cell by cell, by a moderated t test against the margin. Pure.

Boots are few, and too dear for tests by ranks. A boot whose trials the timers spoilt has no place
on an axis, only a rank: cells with such a boot are tested by ranks.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from bench.compare.measured import tested
from bench.compare.verdict import Comparison, Settings
from bench.quantities.quantity import Quantity
from bench.spec import Cell
from bench.stats.blocked import upper_bound
from bench.stats.bootstrap import Interval
from bench.stats.moderated import Prior, Shifted, pooled, prior_of, shifted
from bench.stats.ranks import Floats

Values = Mapping[Cell, tuple[Quantity, Floats, Floats]]
"""By cell its primary metric, and the place of each boot's median on its axis."""
Kind = tuple[str, bool]
"""Metric and load class, within which cells have variances of a kind."""


def compared(values: Values, settings: Settings) -> list[Comparison]:
    """Every cell, before any verdict."""
    priors = _priors(values)
    return [
        _compared(cell, metric, base, new, priors.get(_kind(cell, metric), Prior()), settings)
        for cell, (metric, base, new) in values.items()
    ]


def _kind(cell: Cell, metric: Quantity) -> Kind:
    return metric.key, cell.has_load


def _priors(values: Values) -> dict[Kind, Prior]:
    variances: dict[Kind, list[float]] = defaultdict(list)
    freedom = 0
    for cell, (metric, base, new) in values.items():
        if _finite(base, new):
            variance, freedom = pooled(base, new)
            variances[_kind(cell, metric)].append(variance)
    return {kind: prior_of(found, freedom) for kind, found in variances.items()}


def _finite(base: Floats, new: Floats) -> bool:
    return bool(np.isfinite(base).all() and np.isfinite(new).all())


def _compared(
    cell: Cell, metric: Quantity, base: Floats, new: Floats, prior: Prior, settings: Settings
) -> Comparison:
    raw = Comparison(
        cell=cell,
        metric=metric,
        base=math.exp(float(np.median(base))),
        new=math.exp(float(np.median(new))),
        base_trials=len(base),
        new_trials=len(new),
        primary=True,
    )
    if not _finite(base, new):
        bound = metric.change(upper_bound([(base, new)], level=1 - settings.alpha))
        return replace(tested(raw, [(base, new)], settings), bound=bound)
    return _by_t(raw, shifted(base, new, prior), settings)


def _by_t(raw: Comparison, seen: Shifted, settings: Settings) -> Comparison:
    metric, margin = raw.metric, settings.margin(raw.metric)
    wide = seen.end((1 + settings.level) / 2) - seen.estimate
    ends = (metric.change(seen.estimate - wide), metric.change(seen.estimate + wide))
    return replace(
        raw,
        change=metric.change(seen.estimate),
        interval=Interval(*ends, settings.level),
        p=seen.p_beyond(margin),
        p_same=seen.p_within(margin),
        least_p=0.0,
        bound=metric.change(seen.end(1 - settings.alpha)),
    )
