"""``bench watch`` against what our own programs count and measure within their callbacks.

Both see the same callbacks: hooks are attached before the first timer is armed and read after
the last one is gone. The program reads its clock later than the hook does, by the way from the
tracepoint to the callback.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.abi import VENUES
from bench.histogram import Histogram
from bench.programs.counters import Counters
from bench.spec import Cell, Sweep
from bench.trial.rig import Rig
from bench.trial.trial import Trial
from bench.units import NS_PER_MS
from bench.watch.counts import Counts, total
from bench.watch.session import Watch
from bench.watch.switches import Switches

HISTOGRAM_ERROR = 0.01
SLOWER = int(os.environ.get("SLOWER", "1"))
WAY_NS = 3_000 * SLOWER
"""From the hook to the program's own clock: measured as 100 to 300 ns on an idle CPU."""
BETWEEN = 0.02 if SLOWER > 1 else 0
"""Share of callbacks between which and the hook an emulated CPU may stand still for any time."""
MOST_UNSEEN = 0.5
"""As of softirqs (decision 9). Seen here: 0.05 to 0.4 of the callbacks of a saturated host."""
TASK = VENUES.index("task")

CELLS: dict[str, dict[str, object]] = {
    "resident low": {"map_size": 100, "timeout_ns": 100 * NS_PER_MS},
    "resident busy": {"map_size": 10_000, "timeout_ns": 50 * NS_PER_MS},
    "resident saturated": {"map_size": 10_000, "timeout_ns": NS_PER_MS},
    "tcp": {"program": "tcp", "map_size": 16_384, "load_hz": 1_000, "load_shape": "constant"},
    "xdp_gc": {
        "program": "xdp_gc",
        "map_size": 16_384,
        "timeout_ns": 100 * NS_PER_MS,
        "options": {"packets_hz": 20_000, "flows": 5_000},
    },
    "churn": {"program": "churn", "timeout_ns": NS_PER_MS, "options": {"rate_hz": "max"}},
}
Make = Callable[..., Cell]


def watched(cell: Cell, sweep: Sweep) -> tuple[Counts, Counters]:
    with Rig([cell]) as rig, Watch(Switches()) as watch:
        watch.seen()
        before = set(watch.maps())
        final = Trial(rig, cell, sweep, 1, lambda sample: None).run().aftermath.counters
        seen = watch.seen()
    ours = [each for group, each in seen.counts.items() if group.map_id not in before]
    return total(ours), final


@pytest.mark.parametrize("name", CELLS)
def test_counts_and_lateness_are_those_of_the_callbacks(
    name: str, make_cell: Make, make_sweep: Callable[..., Sweep]
) -> None:
    ours, final = watched(make_cell(**CELLS[name]), make_sweep(allow_overload=True))
    assert final.fired > 50
    # The kernel is about to call a callback that a cancel or a deletion takes away at that moment.
    assert ours.fired <= final.fired + final.dropped + 1 + final.freed // 1_000
    # Over certain tasks, some kernels run no tracing program (see watch.bpf.c), over others all.
    unseen = final.venue[TASK] - ours.venue[TASK]
    assert final.fired - ours.fired <= max(0, unseen)
    assert unseen <= final.fired * MOST_UNSEEN
    assert ours.lateness.count == sum(ours.venue) == ours.fired
    for q in (0.5, 0.99):
        agree(ours.lateness, final.lateness, q, max(0, unseen) / final.fired)


def agree(ours: Histogram, truth: Histogram, q: float, unseen: float) -> None:
    """Whether a quantile is that of the callbacks, of which a share may be unseen anywhere."""
    # The extremes of a trial are those of its window.
    mine = replace(ours, max_ns=None).quantile(q)
    low, high = (
        replace(truth, max_ns=None).quantile(q * (1 - unseen) + more) for more in (-BETWEEN, unseen)
    )
    assert mine is not None and low is not None and high is not None
    assert low * (1 - 2 * HISTOGRAM_ERROR) - WAY_NS <= mine, (q, unseen, mine, low)
    assert mine <= high * (1 + 2 * HISTOGRAM_ERROR), (q, unseen, mine, high)
