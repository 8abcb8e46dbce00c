"""From which change on a difference matters: in practice, and beyond what nothing changes by.

Two runs of the same thing differ, too. A change that they show by themselves is none of what is
compared, however many trials make it certain. So the margin of a metric is twice the standard
deviation between recorded runs of the same thing (``tests/data``) where that is more than what
matters in practice. Of p50 and of rates it is what matters in practice: these differ little, and a
host on which they do is too noisy to compare on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from bench.quantities.callbacks import P50, SERVED
from bench.quantities.catalogue import COMPARED
from bench.quantities.load import CLOSED_LOOP
from bench.quantities.primary import PRIMARY_LATENESS
from bench.quantities.quantity import Quantity, Scale

BETWEEN_RUNS: Mapping[str, float] = {
    "p50-lateness": 0.049,
    "p90-lateness": 0.083,
    "p99-lateness": 0.051,
    "served": 0.00013,
    "ksoftirqd-cpu-time-per-time": 0.0013,
    "cpu-per-callback": 0.042,
    "arming": 0.1,
    "p50-connect": 0.091,
}
"""By metric, the standard deviation between runs of the same thing: of logarithms, of shares in
points. ``python -m tests.perf.aa_margins`` prints it from ``tests/data``."""
STRICT = frozenset({P50.key, SERVED.key, CLOSED_LOOP.key})
"""p50 and rates: at most what matters in practice."""
TIMES = 2


def margin(metric: Quantity, ratio: float, points: float) -> float:
    """The change that matters, on the metric's own axis of differences.

    Args:
        metric: What is compared.
        ratio: Relative change that matters in practice.
        points: Change of a share that does.
    """
    practical = math.log1p(ratio) if metric.scale is Scale.RATIO else points
    return practical if metric.key in STRICT else max(practical, recorded(metric))


def recorded(metric: Quantity) -> float:
    """Twice the standard deviation between recorded runs of the same thing."""
    known = "p99-lateness" if metric.key == PRIMARY_LATENESS.key else metric.key
    return TIMES * BETWEEN_RUNS.get(known, 0.0)


def widened(ratio: float, points: float) -> list[str]:
    """Metrics whose margin is more than what matters in practice, with it."""
    found = []
    for metric in COMPARED:
        wide = margin(metric, ratio, points)
        if wide > (math.log1p(ratio) if metric.scale is Scale.RATIO else points):
            found.append(f"{metric.title} {metric.change_text(metric.change(wide)).lstrip('+')}")
    return found
