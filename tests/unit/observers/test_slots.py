"""Adding up slots."""

from __future__ import annotations

import numpy as np
import pytest

from bench import abi
from bench.errors import BenchError
from bench.host.softirqs import vector_number, vectors
from bench.observers.bcc_observer import BccObserver
from bench.observers.core_observer import CoreObserver
from bench.observers.slots import Slots, SlotsObserver, same_layout, summed

HRTIMER = vector_number("hrtimer")


@pytest.fixture
def slots() -> Slots:
    made = np.zeros(2, dtype=abi.CPU_SLOT)
    made["count"][:, HRTIMER] = (3, 4)
    made["ns"][:, HRTIMER] = (300, 400)
    made["thread_count"][:, HRTIMER] = (0, 2)
    made["thread_ns"][:, HRTIMER] = (0, 250)
    made["cpu_ns"], made["runq_delay_ns"], made["wakeups"] = (10, 20), (1, 2), (5, 6)
    return made


def test_cpus_are_added_up(slots: Slots) -> None:
    seen = summed(slots, [1_000, 1_010])
    assert seen.t_ns == 1_005
    assert seen.softirq_count is not None and seen.softirq_ns is not None
    assert (seen.softirq_count["hrtimer"], seen.softirq_ns["hrtimer"]) == (7, 700)
    assert seen.thread_count is not None and seen.thread_ns is not None
    assert (seen.thread_count["hrtimer"], seen.thread_ns["hrtimer"]) == (2, 250)
    assert (seen.cpu_ns, seen.runq_delay_ns, seen.wakeups) == (30, 3, 11)
    assert set(seen.softirq_ns) == set(vectors())
    kernels = summed(slots, [1_000, 1_000], total={"hrtimer": 9}, missed={"on_softirq_entry": 1})
    assert kernels.softirq_total == {"hrtimer": 9}
    assert kernels.missed == {"on_softirq_entry": 1}


def test_what_has_not_ended_counts_up_to_the_moment_of_its_slot(slots: Slots) -> None:
    slots["vector"][:], slots["since_ns"][:] = HRTIMER, (880, 900)
    slots["on_since_ns"][1], slots["ready_since_ns"][0] = 800, 890
    seen = summed(slots, [900, 1_000])
    assert seen.softirq_ns is not None and seen.thread_ns is not None
    assert seen.softirq_ns["hrtimer"] == 700 + 20 + 100
    assert seen.thread_ns["hrtimer"] == 250 + 100, "CPU 0's does not run over ksoftirqd"
    assert (seen.cpu_ns, seen.runq_delay_ns) == (230, 13)


def test_a_start_after_the_clock_was_read_is_not_negative(slots: Slots) -> None:
    slots["on_since_ns"][0] = 1_001
    assert summed(slots, [1_000, 1_000]).cpu_ns == 30


def test_vectors_without_a_name_are_shown_not_dropped(slots: Slots) -> None:
    slots["count"][0, 12] = 2
    counts = summed(slots, [1, 1]).softirq_count
    assert counts is not None
    assert counts["vec12"] == 2
    assert "vec13" not in counts


@pytest.mark.parametrize("observer", [BccObserver({0: 14}), CoreObserver({0: 14})])
def test_without_a_start_there_is_no_snapshot_and_nothing_to_stop(observer: SlotsObserver) -> None:
    with pytest.raises(BenchError, match=f"{observer.name} observer is not started"):
        observer.snapshot()
    observer.stop()


def test_another_layout_is_refused_by_name() -> None:
    same_layout(abi.CPU_SLOT)
    other = np.dtype([("vector", "<u8"), ("since_ns", "<u4")])
    with pytest.raises(BenchError, match="struct cpu_slot") as caught:
        same_layout(other)
    assert "since_ns: Python (offset, size) (8, 8), C (8, 4)" in caught.value.detail
