from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bench.record import HookChoice, LoadResult, Status
from bench.spec import LoadShape
from bench.trial.measurement import Measurement
from bench.trial.outcome import Context, record_of


def load_of(measured: Measurement, context: Context) -> LoadResult:
    found = record_of(measured, context).load
    assert found is not None
    return found


def closed_loop(context: Context) -> Context:
    cell = replace(context.planned.cell, load_hz=None, load_shape=LoadShape.CLOSED)
    return replace(context, planned=replace(context.planned, cell=cell))


def with_final(measured: Measurement, **changes: Any) -> Measurement:
    after = measured.aftermath
    return replace(measured, aftermath=replace(after, counters=replace(after.counters, **changes)))


def test_a_clean_measurement_is_ok(tcp_measured: Measurement, tcp_context: Context) -> None:
    record = record_of(tcp_measured, tcp_context)
    assert (record.status, record.reasons) == (Status.OK, [])
    assert record.hook == HookChoice(used="tp_btf", refused={"fentry": "EPERM"})


def test_load_is_the_window_s_over_the_client_s_own_time(
    tcp_measured: Measurement, tcp_context: Context
) -> None:
    found = load_of(tcp_measured, tcp_context)
    assert found.offered_hz == pytest.approx(4_000 / 4)
    assert found.achieved_hz == pytest.approx(3_960 / 4)
    assert (found.connections, found.connections_total, found.missed) == (3_960, 4_900, 20)
    assert found.errors == {"ECONNREFUSED": 15, "EPIPE": 5}
    assert found.connect is not None and found.connect.count == 3_960
    assert found.cpus == {"client": [0], "server": [1]}


def test_two_callbacks_are_offered_per_offered_connection(
    tcp_measured: Measurement, tcp_context: Context
) -> None:
    callbacks = record_of(tcp_measured, tcp_context).callbacks
    assert callbacks is not None
    assert callbacks.offered_hz == pytest.approx(2_000)
    assert callbacks.served == pytest.approx(20 / 2_000)
    assert callbacks.missed_periods is None, "no timer of tcp has a period"


def test_a_closed_loop_offers_nothing(tcp_measured: Measurement, tcp_context: Context) -> None:
    record = record_of(tcp_measured, closed_loop(tcp_context))
    assert record.load is not None and record.load.offered_hz is None
    assert record.callbacks is not None
    assert record.callbacks.offered_hz is None and record.callbacks.served is None
    assert record.status is Status.OK


def test_arming_by_connections_has_no_cost_of_its_own(
    tcp_measured: Measurement, tcp_context: Context
) -> None:
    cost = record_of(tcp_measured, tcp_context).cost
    assert cost is not None and cost.arm_ns is None


@pytest.mark.parametrize(("started", "unmatched"), [(9_800, 0), (9_803, 3), (9_790, -10)])
def test_timers_are_matched_with_both_ends_of_established_connections(
    started: int, unmatched: int, tcp_measured: Measurement, tcp_context: Context
) -> None:
    changed = with_final(tcp_measured, started=started, fired=started, collected=started)
    record = record_of(changed, tcp_context)
    assert record.ledger is not None and record.ledger.unmatched == unmatched
    expected = [f"{unmatched:+d} timers against connection ends counted by the load"]
    assert record.reasons == (expected if unmatched else [])


def test_fentry_is_matched_with_attempts_and_connections(
    tcp_measured: Measurement, tcp_context: Context
) -> None:
    hook = HookChoice(used="fentry")
    changed = with_final(tcp_measured, started=9_900, fired=9_900)
    record = record_of(replace(changed, hook=hook), tcp_context)
    assert record.ledger is not None and record.ledger.unmatched == 0


@pytest.mark.parametrize("table", ["init_failed", "insert_failed", "start_failed"])
def test_an_end_whose_timer_could_not_be_made_is_matched_but_invalid(
    table: str, tcp_measured: Measurement, tcp_context: Context
) -> None:
    changed = with_final(
        tcp_measured, started=9_797, fired=9_797, collected=9_797, **{table: {"ENOMEM": 3}}
    )
    record = record_of(changed, tcp_context)
    assert record.ledger is not None and record.ledger.unmatched == 0
    assert getattr(record.ledger, table) == {"ENOMEM": 3}
    assert record.status is Status.INVALID
    assert len(record.reasons) == 1 and record.reasons[0].endswith(": 3 ENOMEM")


def test_without_the_load_s_last_word_there_is_no_load(
    tcp_measured: Measurement, tcp_context: Context
) -> None:
    lost = replace(tcp_measured, aftermath=replace(tcp_measured.aftermath, load=None))
    record = record_of(lost, tcp_context)
    assert record.load is None
    assert record.ledger is not None and record.ledger.unmatched is None
