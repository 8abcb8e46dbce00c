from __future__ import annotations

import numpy as np

from bench import abi
from bench.histogram import index_of
from bench.watch.deltas import Slot

CPUS = 2


def live() -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    return np.zeros(CPUS, abi.WATCH_SLOT), np.zeros(CPUS, abi.WATCH_RUNS)


def fire(slots: np.ndarray, cpu: int, late_ns: int, venue: int = 0) -> None:  # type: ignore[type-arg]
    slots["fired"][cpu] += 1
    slots["late"][cpu, int(index_of(late_ns))] += 1
    slots["late_sum_ns"][cpu] += late_ns
    slots["late_max_ns"][cpu] = max(slots["late_max_ns"][cpu], late_ns)
    slots["venue"][cpu, venue] += 1


def test_what_all_cpus_counted_since_is_new() -> None:
    slots, _ = live()
    slot = Slot(1, slots, None)
    fire(slots, 0, 1_000)
    fire(slots, 1, 3_000, venue=2)
    first = slot.read()
    assert (first.fired, first.venue, first.lateness.max_ns) == (2, (1, 0, 1), 3_000)
    assert (first.lateness.count, first.lateness.total_ns) == (2, 4_000)
    fire(slots, 0, 2_000)
    second = slot.read()
    assert (second.fired, second.lateness.max_ns) == (1, 2_000)
    assert slot.read().lateness.max_ns is None


def test_counters_of_32_bits_may_wrap() -> None:
    slots, _ = live()
    place = int(index_of(500))
    slots["late"][0, place] = np.uint32(2**32 - 1)
    slot = Slot(1, slots, None)
    slot.read()
    slots["late"][0, place] = np.uint32(3)
    assert slot.read().lateness.count == 4


def test_run_times_are_there_only_if_they_are_watched() -> None:
    slots, runs = live()
    assert Slot(1, slots, None).read().runs.count == 0
    slot = Slot(1, slots, runs)
    runs["ran"][1, int(index_of(700))] += 1
    slots["ran_sum_ns"][1] += 700
    slots["ran_max_ns"][1] = 700
    found = slot.read().runs
    assert (found.count, found.total_ns, found.max_ns) == (1, 700, 700)
