from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bench.histogram import Histogram
from bench.record import RECORD, Noise, Status, Venue
from bench.spec import Control, Instrument
from bench.trial.measurement import Measurement
from bench.trial.outcome import Context, record_of
from bench.units import NS_PER_MS, NS_PER_S


def with_final(measured: Measurement, **changes: Any) -> Measurement:
    """The measurement with other counters at its end; ``pending`` is the census's."""
    pending = changes.pop("pending", 0)
    after = measured.aftermath
    final = replace(after.counters, **changes)
    return replace(
        measured,
        aftermath=replace(after, counters=final, found=replace(after.found, pending=pending)),
    )


def in_cell(context: Context, **changes: Any) -> Context:
    planned = context.planned
    return replace(context, planned=replace(planned, cell=replace(planned.cell, **changes)))


def test_a_clean_measurement_is_ok(measured: Measurement, context: Context) -> None:
    record = record_of(measured, context)
    assert (record.status, record.reasons, record.error) == (Status.OK, [], None)
    assert (record.trial, record.block, record.started) == (4, 2, context.started)
    assert record.cell == context.planned.cell
    assert record.observer == context.observer and record.reserve == context.reserve
    assert RECORD.validate_json(RECORD.dump_json(record)) == record


def test_throughput_is_the_window_s(measured: Measurement, context: Context) -> None:
    record = record_of(measured, context)
    assert record.window_ns == 2 * NS_PER_S
    assert record.callbacks is not None
    assert record.callbacks.fired == 40
    assert record.callbacks.fired_hz == pytest.approx(20.0)
    assert record.callbacks.offered_hz == pytest.approx(20 / 0.5)
    assert record.callbacks.served == pytest.approx(0.5)
    assert record.callbacks.missed_periods == 3


def test_lateness_is_the_window_s_alone(measured: Measurement, context: Context) -> None:
    lateness = record_of(measured, context).lateness
    assert lateness is not None
    assert lateness.count == 40
    assert (lateness.min_ns, lateness.max_ns) == (1_000, 2_000)
    assert lateness.mean_ns == pytest.approx((10 * 1_000 + 30 * 2_000) / 40)
    assert lateness.p50_ns == pytest.approx(2_000, rel=0.01)
    assert lateness.p99_ns is None, "40 values cannot carry it"
    assert lateness.hdr is not None
    assert Histogram.decode(lateness.hdr).count == 40


def test_venues_are_the_window_s(measured: Measurement, context: Context) -> None:
    assert record_of(measured, context).venue == Venue(idle=25, task=12, ksoftirqd=3)


def test_ksoftirqd_s_share_is_of_the_observer_s_own_time_and_all_cpus(
    measured: Measurement, context: Context
) -> None:
    seen = record_of(measured, context).ksoftirqd
    assert seen is not None
    assert seen.cpu_ns == 500 * NS_PER_MS
    assert seen.cpu_share == pytest.approx(0.5 / (2.5 * 2))
    assert (seen.runq_delay_ns, seen.wakeups) == (1_000, 12)


def test_softirqs_are_the_window_s(measured: Measurement, context: Context) -> None:
    record = record_of(measured, context)
    assert record.softirq_ns == {"hrtimer": 1_000, "net_rx": 0}
    assert record.softirq_count == {"hrtimer": 40, "net_rx": 0}
    assert record.softirq_total == {"hrtimer": 50, "net_rx": 0}


def test_noise_is_the_window_s_with_the_drift_of_the_run(
    measured: Measurement, context: Context
) -> None:
    drifted = ["kernel: was a, now b"]
    assert record_of(measured, replace(context, drifted=drifted)).noise == Noise(
        steal=20 / 400,
        involuntary_switches=6,
        interrupts=900,
        drifted=drifted,
        foreign_connections=0,
        foreign_packets=0,
        traffic_ns=0,
    )


def test_the_ledger_is_of_the_whole_trial(measured: Measurement, context: Context) -> None:
    ledger = record_of(measured, context).ledger
    assert ledger is not None
    assert (ledger.started, ledger.restarted, ledger.fired) == (20, 150, 150)
    assert (ledger.cancelled, ledger.freed, ledger.pending) == (20, 0, 0)
    assert ledger.balanced and ledger.unmatched is None


def test_dropped_timers_are_some_of_the_cancelled_and_not_counted_twice(
    measured: Measurement, context: Context
) -> None:
    ledger = record_of(with_final(measured, dropped=3), context).ledger
    assert ledger is not None and ledger.balanced
    assert (ledger.cancelled, ledger.dropped) == (20, 3)


@pytest.mark.parametrize(
    "changes",
    [
        {"fired": 149},
        {"restarted": 151},
        {"started": 21},
        {"cancelled": 19},
        {"freed": 1},
        {"pending": 1},
    ],
)
def test_one_timer_too_many_or_too_few_opens_the_ledger(
    changes: dict[str, int], measured: Measurement, context: Context
) -> None:
    record = record_of(with_final(measured, **changes), context)
    assert record.ledger is not None and not record.ledger.balanced
    assert record.status is Status.INVALID
    assert len(record.reasons) == 1 and "ledger open" in record.reasons[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"cancelled": 15, "pending": 5},
        {"cancelled": 15, "freed": 5},
        {"fired": 160, "restarted": 160},
        {"fired": 151, "cancelled": 19},
    ],
)
def test_a_ledger_balances_whichever_way_timers_ended(
    changes: dict[str, int], measured: Measurement, context: Context
) -> None:
    record = record_of(with_final(measured, **changes), context)
    assert record.ledger is not None and record.ledger.balanced
    assert record.status is Status.OK


def test_the_cost_of_arming_is_per_started_timer(measured: Measurement, context: Context) -> None:
    cost = record_of(measured, context).cost
    assert cost is not None
    assert cost.arm_ns == 4_000 / 20
    assert cost.timeline_ns == measured.timeline_ns
    none = with_final(measured, started=0, cancelled=0)
    cost = record_of(none, context).cost
    assert cost is not None and cost.arm_ns is None


def test_an_empty_callback_records_neither_lateness_nor_venue_nor_missed_periods(
    measured: Measurement, context: Context
) -> None:
    record = record_of(measured, in_cell(context, instrument=Instrument.EMPTY))
    assert record.lateness is None and record.venue is None
    assert record.callbacks is not None
    assert record.callbacks.fired == 40
    assert record.callbacks.missed_periods is None


def test_levels_at_the_window_s_end_are_recorded_as_they_are(
    measured: Measurement, context: Context
) -> None:
    window = replace(measured.window, gauges={"flows_live": 7})
    record = record_of(replace(measured, window=window), context)
    assert record.measures["flows_live"] == 7


def test_a_deadline_that_passed_makes_the_trial_invalid(
    measured: Measurement, context: Context
) -> None:
    late = replace(measured, window=replace(measured.window, deadline_passed=True))
    assert record_of(late, context).reasons == [
        "the program's own deadline passed within the window"
    ]


def test_the_bound_of_steal_is_the_sweep_s(measured: Measurement, context: Context) -> None:
    record = record_of(measured, replace(context, max_steal=0.049))
    assert record.reasons == ["steal 5% is above 4.9%"]
    assert record_of(measured, replace(context, max_steal=0.05)).status is Status.OK


def test_a_control_without_timers_has_no_callbacks_and_needs_none(
    measured: Measurement, context: Context
) -> None:
    record = record_of(measured, in_cell(context, control=Control.IDLE))
    assert (record.callbacks, record.lateness, record.venue) == (None, None, None)
    assert record.measures == {}
    assert record.ksoftirqd is not None and record.softirq_ns is not None
    assert record.status is Status.OK
