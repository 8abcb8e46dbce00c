from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.record import TrialRecord
from bench.spec import Cell, Clock, MapType, Sweep
from bench.trial.rig import Rig
from bench.trial.trial import Trial
from bench.units import NS_PER_MS, NS_PER_S

MakeCell = Callable[..., Cell]
Measure = Callable[..., TrialRecord]


def assert_accounted_for(record: TrialRecord) -> None:
    ledger = record.ledger
    assert ledger is not None
    assert ledger.balanced, ledger
    assert ledger.inited == ledger.started == record.cell.map_size
    assert not ledger.init_failed and not ledger.insert_failed and not ledger.start_failed


@pytest.mark.parametrize("map_type", list(MapType))
def test_every_map_type_serves_with_a_balanced_ledger(
    map_type: MapType, make_cell: MakeCell, measure: Measure
) -> None:
    record = measure(make_cell(map_type=map_type))
    assert_accounted_for(record)
    assert record.callbacks is not None and record.callbacks.fired > 0
    assert record.ledger is not None and record.ledger.pending == 0


@pytest.mark.parametrize("clock", list(Clock))
def test_lateness_is_in_the_timers_own_clock(
    clock: Clock, make_cell: MakeCell, measure: Measure
) -> None:
    record = measure(make_cell(clock=clock))
    assert record.lateness is not None
    assert record.lateness.negative == 0 and record.lateness.overflow == 0
    assert record.lateness.p50_ns is not None and 0 < record.lateness.p50_ns < NS_PER_S


def test_histogram_venues_and_counter_tell_the_same_number(
    make_cell: MakeCell, make_sweep: Callable[..., Sweep]
) -> None:
    cell = make_cell(map_size=500, timeout_ns=5 * NS_PER_MS)
    with Rig([cell]) as rig:
        final = Trial(rig, cell, make_sweep(), 1, lambda sample: None).run().aftermath.counters
    # Nothing is armed any more, so the three must agree exactly.
    assert final.fired > 0
    assert sum(final.venue) == final.fired
    assert final.lateness.count + final.lateness.negative == final.fired
    assert final.outstanding == 0


def test_empty_instrument_counts_but_records_no_lateness(
    make_cell: MakeCell, measure: Measure
) -> None:
    record = measure(make_cell(instrument="empty", map_size=2_000, timeout_ns=NS_PER_MS))
    assert record.lateness is None and record.venue is None
    assert record.callbacks is not None and record.callbacks.fired > 0
    assert_accounted_for(record)


def test_long_timers_are_cancelled_not_waited_for(make_cell: MakeCell, measure: Measure) -> None:
    record = measure(make_cell(timeout_ns=400 * NS_PER_MS), duration=NS_PER_S)
    ledger = record.ledger
    assert_accounted_for(record)
    assert ledger is not None and ledger.pending == 0
    # Those that expired between the stop and their cancellation fired instead.
    assert 0 < ledger.cancelled <= record.cell.map_size
    assert ledger.cancelled > record.cell.map_size * 0.9


def test_overload_ends_in_time_and_says_so(make_cell: MakeCell, measure: Measure) -> None:
    record = measure(make_cell(map_size=10_000, timeout_ns=NS_PER_MS))
    assert_accounted_for(record)
    assert record.callbacks is not None and record.callbacks.served is not None
    assert record.callbacks.served < 1
    assert record.callbacks.missed_periods is not None and record.callbacks.missed_periods > 0


def test_a_million_timers_arm_without_failure_and_go_quickly(
    make_cell: MakeCell, measure: Measure
) -> None:
    record = measure(make_cell(map_size=1_000_000, timeout_ns=NS_PER_S))
    assert_accounted_for(record)
    assert record.cost is not None and record.cost.timeline_ns is not None
    steps = record.cost.timeline_ns
    # From the end of the window to the last trace of the program. The last timer fires after its
    # timeout; the rest is as much work as arming, and as much slower on a busy host.
    gone = steps["drain"] + steps["cancel"] + steps["census"] + steps["teardown"]
    assert gone - NS_PER_S < 5 * steps["arm"], steps
