from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bench.record import HookChoice, LoadResult, Status
from bench.spec import Ends, LoadShape
from bench.trial.measurement import Measurement
from bench.trial.outcome import Context, record_of


def load_of(measured: Measurement, context: Context) -> LoadResult:
    found = record_of(measured, context).load
    assert found is not None
    return found


def closed_loop(context: Context) -> Context:
    cell = replace(context.planned.cell, load_hz=None, load_shape=LoadShape.CLOSED)
    return replace(context, planned=replace(context.planned, cell=cell))


def with_ends(context: Context, ends: Ends) -> Context:
    cell = replace(context.planned.cell, ends=ends)
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
    assert (found.connections, found.connections_total, found.backlog) == (3_960, 4_900, 0)
    assert (found.intended, found.missed, found.unanswered) == (4_000, 10, 20)
    assert found.errors == {"ECONNREFUSED": 15, "EPIPE": 5}
    assert found.connect is not None and found.connect.count == 4_000
    assert (found.connect.p90_ns, found.connect.max_ns) == (80_383, 4_000_000_000)
    assert found.cpus == {"client": [0], "server": [1]}


@pytest.mark.parametrize(("ends", "per_connection"), [(Ends.SERVER, 1), (Ends.BOTH, 2)])
def test_a_callback_is_offered_per_measured_end_of_each_offered_connection(
    ends: Ends, per_connection: int, tcp_measured: Measurement, tcp_context: Context
) -> None:
    callbacks = record_of(tcp_measured, with_ends(tcp_context, ends)).callbacks
    assert callbacks is not None
    assert callbacks.offered_hz == pytest.approx(1_000 * per_connection)
    assert callbacks.served == pytest.approx(20 / (1_000 * per_connection))
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


@pytest.mark.parametrize(
    ("ends", "started", "unmatched"),
    [
        (Ends.SERVER, 4_900, 0),
        (Ends.SERVER, 4_903, 3),
        (Ends.SERVER, 4_890, -10),
        (Ends.BOTH, 9_800, 0),
        (Ends.BOTH, 4_900, -4_900),
    ],
)
def test_timers_are_matched_with_the_measured_ends_of_established_connections(
    ends: Ends, started: int, unmatched: int, tcp_measured: Measurement, tcp_context: Context
) -> None:
    changed = with_final(tcp_measured, started=started, fired=started, collected=started)
    record = record_of(changed, with_ends(tcp_context, ends))
    assert record.ledger is not None and record.ledger.unmatched == unmatched
    expected = [f"{unmatched:+d} timers against connection ends counted by the load"]
    assert record.reasons == (expected if unmatched else [])


@pytest.mark.parametrize(("ends", "started"), [(Ends.SERVER, 4_900), (Ends.BOTH, 9_900)])
def test_fentry_meets_active_ends_at_the_attempt(
    ends: Ends, started: int, tcp_measured: Measurement, tcp_context: Context
) -> None:
    hook = HookChoice(used="fentry")
    changed = with_final(tcp_measured, started=started, fired=started)
    record = record_of(replace(changed, hook=hook), with_ends(tcp_context, ends))
    assert record.ledger is not None and record.ledger.unmatched == 0


@pytest.mark.parametrize("table", ["init_failed", "insert_failed", "start_failed"])
def test_an_end_whose_timer_could_not_be_made_is_matched_but_invalid(
    table: str, tcp_measured: Measurement, tcp_context: Context
) -> None:
    changed = with_final(
        tcp_measured, started=4_897, fired=4_897, collected=4_897, **{table: {"ENOMEM": 3}}
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


def populated(context: Context, population: int, **changes: Any) -> Context:
    cell = replace(context.planned.cell, population=population, **changes)
    return replace(context, planned=replace(context.planned, cell=cell))


def test_seeded_timers_are_no_connections(tcp_measured: Measurement, tcp_context: Context) -> None:
    before = tcp_measured.aftermath.counters
    grown = {
        name: getattr(before, name) + 500 for name in ("started", "inited", "fired", "collected")
    }
    record = record_of(with_final(tcp_measured, seeded=500, **grown), populated(tcp_context, 500))
    assert record.ledger is not None
    assert (record.ledger.seeded, record.ledger.unmatched) == (500, 0)
    assert (record.status, record.reasons) == (Status.OK, [])


def test_seeded_timers_that_are_missing_do_not_match(
    tcp_measured: Measurement, tcp_context: Context
) -> None:
    record = record_of(tcp_measured, populated(tcp_context, 500))
    assert record.ledger is not None and record.ledger.unmatched == -500
    assert record.codes == ["unmatched"]


def test_live_timers_are_those_started_less_those_that_ended(
    tcp_measured: Measurement, tcp_context: Context
) -> None:
    assert record_of(tcp_measured, tcp_context).live is None
    opening = tcp_measured.window.opening
    counters = replace(opening.counters, started=900, restarted=0, fired=100)
    window = replace(tcp_measured.window, opening=replace(opening, counters=counters))
    measured = replace(tcp_measured, window=window)
    live = record_of(measured, populated(tcp_context, 800, map_size=1_600)).live
    assert live is not None and (live.opening, live.load_factor) == (800, 0.5)
    evicting = populated(tcp_context, 800, map_type="lru_hash")
    live = record_of(measured, evicting).live
    assert live is not None and (live.opening, live.load_factor) == (None, None)


def test_what_the_host_dropped_is_a_note_and_the_cause_of_a_short_load(
    tcp_measured: Measurement, tcp_context: Context
) -> None:
    window = tcp_measured.window
    closing = replace(window.closing, drops={"ListenOverflows": 12})
    seen = replace(tcp_measured, window=replace(window, closing=closing))
    record = record_of(seen, tcp_context)
    [note] = record.notes
    assert record.status is Status.OK
    assert "12 times a listen backlog was full (ListenOverflows)" in note
    assert closing.load is not None
    slow = replace(closing, load=replace(closing.load, connected=closing.load.connected - 1_000))
    short = record_of(replace(seen, window=replace(window, closing=slow)), tcp_context)
    reasons = [text for text in short.reasons if "of offered" in text]
    assert all("this host counted 12 times a listen backlog" in text for text in reasons)
