from __future__ import annotations

import errno
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import abi
from bench.histogram import Histogram, index_of
from bench.programs import counters
from bench.programs.counters import Shared, Slots

SUMS = ("fired", "restarted", "missed_periods", "inited", "started", "cancelled", "dropped",
        "freed", "collected", "init_retried", "other_clock")  # fmt: skip
TABLES = ("init_failed", "insert_failed", "start_failed", "collect_failed")


def fresh(cpus: int = 3) -> Slots:
    slots = np.zeros(cpus, abi.SLOT)
    Shared(slots).reset_extremes()
    return slots


def fire(slots: Slots, cpu: int, late_ns: int) -> None:
    """Record a callback as ``record_lateness`` of bpf/fired.h does."""
    slot = slots[cpu]
    slot["fired"] += 1
    slot["lateness_sum_ns"] += late_ns
    slot["lateness_min_ns"] = min(int(slot["lateness_min_ns"]), late_ns)
    slot["lateness_max_ns"] = max(int(slot["lateness_max_ns"]), late_ns)
    slot["lateness"][index_of(late_ns)] += 1


@pytest.mark.parametrize("name", SUMS)
def test_a_counter_is_the_sum_over_all_cpus(name: str) -> None:
    slots = fresh()
    slots[name] = [1, 20, 2**40]
    seen = counters.read(Shared(slots))
    assert getattr(seen, name) == 21 + 2**40
    assert all(getattr(seen, other) == 0 for other in SUMS if other != name)


@pytest.mark.parametrize("name", TABLES)
def test_errors_are_summed_by_errno(name: str) -> None:
    slots = fresh()
    slots[name][0, errno.ENOMEM] = 2
    slots[name][2, errno.ENOMEM] = 3
    slots[name][1, errno.E2BIG] = 1
    seen = counters.read(Shared(slots))
    assert getattr(seen, name) == {"E2BIG": 1, "ENOMEM": 5}
    assert all(getattr(seen, other) == {} for other in TABLES if other != name)


def test_venues_are_summed_in_their_order() -> None:
    slots = fresh(2)
    slots["venue"] = [[1, 2, 3], [10, 20, 30]]
    assert counters.read(Shared(slots)).venue == (11, 22, 33)


def test_without_a_callback_there_is_no_extreme() -> None:
    lateness = counters.read(Shared(fresh())).lateness
    assert (lateness.min_ns, lateness.max_ns, lateness.count) == (None, None, 0)


def test_extremes_are_those_of_all_cpus() -> None:
    slots = fresh()
    for cpu, late in ((0, 500), (1, 7_000), (1, 90)):
        fire(slots, cpu, late)
    lateness = counters.read(Shared(slots)).lateness
    assert (lateness.min_ns, lateness.max_ns, lateness.total_ns) == (90, 7_000, 7_590)


def test_callbacks_that_came_too_early_or_too_late_are_counted_apart() -> None:
    slots = fresh()
    slots["negative"], slots["overflow"] = [1, 0, 2], [0, 4, 1]
    lateness = counters.read(Shared(slots)).lateness
    assert (lateness.negative, lateness.overflow) == (3, 5)


late_ns = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2**36)), max_size=30)


@given(late_ns, late_ns)
def test_a_window_holds_exactly_the_callbacks_within_it(
    before: list[tuple[int, int]], inside: list[tuple[int, int]]
) -> None:
    slots = fresh()
    for cpu, late in before:
        fire(slots, cpu, late)
    Shared(slots).reset_extremes()
    opening = counters.read(Shared(slots))
    for cpu, late in inside:
        fire(slots, cpu, late)
    window = counters.read(Shared(slots)).lateness_since(opening)
    expected = Histogram.of([late for _, late in inside])
    assert np.array_equal(window.counts, expected.counts)
    assert window.total_ns == expected.total_ns
    assert (window.min_ns, window.max_ns) == (expected.min_ns, expected.max_ns)


def test_a_difference_subtracts_early_and_overflowing_callbacks() -> None:
    slots = fresh()
    slots["negative"], slots["overflow"] = 1, 2
    opening = counters.read(Shared(slots))
    slots["negative"] += 10
    slots["overflow"] += 20
    window = counters.read(Shared(slots)).lateness_since(opening)
    assert (window.negative, window.overflow) == (30, 60)


def test_all_figures_of_a_snapshot_are_of_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    slots = fresh()
    really = counters._lateness

    def meanwhile(copy: Slots) -> Histogram:
        fire(slots, 0, 5)
        return really(copy)

    monkeypatch.setattr(counters, "_lateness", meanwhile)
    seen = counters.read(Shared(slots))
    assert (seen.fired, seen.lateness.count) == (0, 0)


def test_the_snapshot_s_time_is_not_after_its_contents(monkeypatch: pytest.MonkeyPatch) -> None:
    slots = fresh()

    def now() -> int:
        fire(slots, 0, 5)
        return 77

    monkeypatch.setattr(time, "monotonic_ns", now)
    seen = counters.read(Shared(slots))
    assert (seen.t_ns, seen.fired) == (77, 1)


def test_a_program_s_own_counters_have_their_names() -> None:
    slots = fresh()
    slots["measures"][0, :2], slots["measures"][2, :2] = [1, 5], [10, 50]
    shared = Shared(slots, measures=("sent", "lost"))
    assert counters.read(shared).measures == {"sent": 11, "lost": 55}


def test_a_program_s_own_distribution_is_the_sum_over_all_cpus() -> None:
    view = np.zeros(2, abi.DISTRIBUTION)
    shared = Shared(fresh(), distributions={"cost": view})
    shared.reset_extremes()
    assert counters.read(shared).distributions["cost"].values.min_ns is None
    for cpu, value in ((0, 300), (1, 70), (1, 70)):
        view[cpu]["counts"][index_of(value)] += 1
        view[cpu]["total_ns"] += value
        view[cpu]["min_ns"] = min(int(view[cpu]["min_ns"]), value)
        view[cpu]["max_ns"] = max(int(view[cpu]["max_ns"]), value)
    view["errors"][1, errno.EBUSY] = 4
    earlier = counters.read(shared).distributions["cost"]
    assert (earlier.values.count, earlier.values.total_ns) == (3, 440)
    assert (earlier.values.min_ns, earlier.values.max_ns) == (70, 300)
    assert earlier.errors == {"EBUSY": 4}
    view["errors"][0, errno.EBUSY] = 1
    later = counters.read(shared).distributions["cost"].since(earlier)
    assert (later.values.count, later.errors) == (0, {"EBUSY": 1})


@pytest.mark.parametrize(
    ("name", "sign"),
    [("started", 1), ("restarted", 1), ("fired", -1), ("cancelled", -1), ("freed", -1)],
)
def test_outstanding_timers_are_started_and_not_yet_accounted_for(name: str, sign: int) -> None:
    slots = fresh()
    slots["started"][0] = 100
    slots[name][1] += 5
    assert counters.read(Shared(slots)).outstanding == 100 + 5 * sign
