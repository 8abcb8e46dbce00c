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


def test_requests_are_there_only_if_they_are_watched() -> None:
    slots, _ = live()
    assert Slot(1, slots, None).read().ahead.count == 0
    requests = np.zeros(CPUS, abi.WATCH_REQUESTS)
    slot = Slot(1, slots, None, requests)
    requests["requested"] = (2, 1)
    requests["ahead"][0, int(index_of(20_000))] = 2
    requests["ahead_overflow"][1] = 1
    requests["ahead_sum_ns"] = (40_000, 2**37)
    requests["ahead_max_ns"] = (20_000, 2**37)
    requests["queued"][0, int(index_of(90))] = 1
    requests["queued_sum_ns"][0] = requests["queued_max_ns"][0] = 90
    found = slot.read()
    assert (found.requested, found.ahead.count, found.queued.count) == (3, 3, 1)
    assert (found.ahead.max_ns, found.ahead.total_ns) == (2**37, 2**37 + 40_000)
    assert (found.queued.max_ns, found.queued.total_ns) == (90, 90)
    later = slot.read()
    assert (later.requested, later.ahead.count, later.queued.max_ns) == (0, 0, None)
    assert (found + found).ahead.count == 6 and (found + later).requested == 3
