"""Lateness against ftrace, which measures the same timers by other means.

The kernel writes ``timer:hrtimer_start`` when the callback re-arms (with the expiry it
programmed) and ``timer:hrtimer_expire_entry`` just before it calls ``bpf_timer_cb``; the
trace clock is CLOCK_MONOTONIC. Expiry and time of expiry therefore come from the kernel's
tracepoints, ours from ``_softexpires`` and the callback's own clock read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from bench.spec import Cell, Sweep
from bench.trial.rig import Rig
from bench.trial.trial import Trial
from bench.units import NS_PER_MS, NS_PER_S
from tests.kernel.ftrace import (
    BETWEEN_NS,
    TRACE_CLOCK_NS,
    Event,
    callback_address,
    events,
    tracing,
)

HISTOGRAM_ERROR = 0.01


def traced_lateness(
    trace: Iterable[Event], since_ns: int, until_ns: int
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Time of expire_entry minus the expiry of the start before it, within a window, ns."""
    expiry: dict[str, int] = {}
    found = []
    for event in trace:
        timer = event.word("hrtimer")
        if event.name == "hrtimer_start":
            expiry[timer] = event.number("softexpires")
        elif timer in expiry:
            late = event.t_ns - expiry.pop(timer)
            if since_ns <= event.t_ns < until_ns:
                found.append(late)
    return np.array(found, dtype=np.int64)


def close(ours: int, theirs: float) -> bool:
    low = theirs * (1 - HISTOGRAM_ERROR) - TRACE_CLOCK_NS
    high = theirs * (1 + HISTOGRAM_ERROR) + TRACE_CLOCK_NS + BETWEEN_NS
    return low <= ours <= high


def test_median_and_p99_agree_with_ftrace(
    make_cell: Callable[..., Cell], make_sweep: Callable[..., Sweep]
) -> None:
    # 2,000 callbacks/s, so far apart that most are alone in their softirq.
    cell = make_cell(map_size=200, timeout_ns=100 * NS_PER_MS)
    sweep = make_sweep(duration=2 * NS_PER_S)
    ours_only = f"function == {callback_address()}"
    filters = {f"timer/{name}": ours_only for name in ("hrtimer_start", "hrtimer_expire_entry")}
    with Rig([cell]) as rig, tracing(filters) as instance:
        window = Trial(rig, cell, sweep, 1, lambda sample: None).run().window
        trace = events(instance)
    opening, closing = window.opening.counters, window.closing.counters
    theirs = traced_lateness(trace, opening.t_ns, closing.t_ns)
    ours = closing.lateness_since(opening)
    # Callbacks at the very ends of the window may fall on either side.
    assert abs(theirs.size - ours.count) <= 4
    for q in (0.5, 0.9, 0.99):
        mine, reference = ours.quantile(q), float(np.quantile(theirs, q))
        assert mine is not None and close(mine, reference), (q, mine, reference)
