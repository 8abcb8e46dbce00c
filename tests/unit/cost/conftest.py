"""Two blocks' worth of trials of one cell whose CPU use is known; test data, no measurements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bench.control import baseline_of, reference_of, unobserved_of
from bench.record import Callbacks, CpuUse, TrialRecord
from bench.spec import Cell
from bench.units import NS_PER_S

MakeRecord = Callable[..., TrialRecord]
FIRED = 100_000


def use(used_share: float, **changes: Any) -> CpuUse:
    """Two CPUs in a window of 2 s, of which one is used for this share."""
    window = 2 * NS_PER_S
    fields: dict[str, Any] = {
        "window_ns": window,
        "cpus": [0, 1],
        "idle_ns": [round(window * (1 - used_share)), window],
        "steal_ns": [0, 0],
        "source": "proc_stat",
        "step_ns": 10_000_000,
        "exact": True,
        "runner_ns": 0,
        "freeing_ns": 0,
    }
    return CpuUse(**(fields | changes))


@pytest.fixture
def block(make_record: MakeRecord, make_cell: Callable[..., Cell]) -> dict[str, TrialRecord]:
    """50 % of a CPU without an observer, 2 % without timers; softirqs seen beside an observer."""
    cell = make_cell()
    callbacks = Callbacks(fired=FIRED, offered_hz=None, fired_hz=FIRED / 2, served=None)
    seen = {"hrtimer": 400_000_000, "net_rx": 30_000_000, "net_tx": 0, "rcu": 50_000_000}
    idle = {"hrtimer": 0, "net_rx": 10_000_000, "net_tx": 0, "rcu": 10_000_000}
    common: dict[str, Any] = {"window_ns": 2 * NS_PER_S, "callbacks": callbacks}
    return {
        "cell": make_record(1, cell=cell, cpu_use=use(0.6), softirq_ns=seen, **common),
        "unobserved": make_record(
            2, cell=unobserved_of(cell), cpu_use=use(0.5, freeing_ns=20_000_000), **common
        ),
        "baseline": make_record(3, cell=baseline_of(cell), cpu_use=use(0.02), **common),
        "reference": make_record(
            4, cell=reference_of(cell), cpu_use=use(0.03), softirq_ns=idle, **common
        ),
    }
