"""Adding up slots; the layout used here is for the arithmetic only, the real one is BCC's."""

from __future__ import annotations

import numpy as np
import pytest

from bench.errors import BenchError
from bench.observers.base import VECTORS
from bench.observers.bcc_observer import BccObserver, Slots, summed

HRTIMER = VECTORS.index("hrtimer")
FIELDS = ("vector", "since_ns", "on_since_ns", "ready_since_ns", "cpu_ns", "runq_delay_ns")


@pytest.fixture
def slots() -> Slots:
    single = [(name, np.uint64) for name in (*FIELDS, "wakeups")]
    made = np.zeros(2, dtype=[*single, ("count", np.uint64, 16), ("ns", np.uint64, 16)])
    made["count"][:, HRTIMER] = (3, 4)
    made["ns"][:, HRTIMER] = (300, 400)
    made["cpu_ns"], made["runq_delay_ns"], made["wakeups"] = (10, 20), (1, 2), (5, 6)
    return made


def test_cpus_are_added_up(slots: Slots) -> None:
    seen = summed(slots, now=1_000)
    assert seen.t_ns == 1_000
    assert seen.softirq_count is not None and seen.softirq_ns is not None
    assert (seen.softirq_count["hrtimer"], seen.softirq_ns["hrtimer"]) == (7, 700)
    assert (seen.cpu_ns, seen.runq_delay_ns, seen.wakeups) == (30, 3, 11)
    assert set(seen.softirq_ns) == set(VECTORS)
    assert summed(slots, 1_000, {"hrtimer": 9}).softirq_total == {"hrtimer": 9}


def test_what_has_not_ended_counts_up_to_now(slots: Slots) -> None:
    slots["vector"][1], slots["since_ns"][1] = HRTIMER, 900
    slots["on_since_ns"][1], slots["ready_since_ns"][0] = 800, 990
    seen = summed(slots, now=1_000)
    assert seen.softirq_ns is not None
    assert seen.softirq_ns["hrtimer"] == 800
    assert (seen.cpu_ns, seen.runq_delay_ns) == (230, 13)


def test_a_start_after_the_clock_was_read_is_not_negative(slots: Slots) -> None:
    slots["on_since_ns"][0] = 1_001
    assert summed(slots, now=1_000).cpu_ns == 30


def test_vectors_without_a_name_are_shown_not_dropped(slots: Slots) -> None:
    slots["count"][0, 12] = 2
    counts = summed(slots, now=1).softirq_count
    assert counts is not None
    assert counts["vec12"] == 2
    assert "vec13" not in counts


def test_a_snapshot_needs_a_started_observer() -> None:
    with pytest.raises(BenchError, match="not started"):
        BccObserver({0: 14}).snapshot()


def test_stopping_what_was_not_started_is_harmless() -> None:
    BccObserver({0: 14}).stop()
