from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.record import TrialRecord
from bench.spec import Cell, Ends, Hook, MapType
from bench.units import NS_PER_MS

MakeCell = Callable[..., Cell]
Measure = Callable[..., TrialRecord]


def tcp(make_cell: MakeCell, **changes: object) -> Cell:
    fields: dict[str, object] = {"program": "tcp", "map_size": 16_384, "timeout_ns": NS_PER_MS}
    return make_cell(
        **(fields | {"load_hz": 1_000, "load_shape": "constant", "ip": "both"} | changes)
    )


def assert_a_timer_per_measured_end(record: TrialRecord) -> None:
    ledger, load = record.ledger, record.load
    ends = 2 if record.cell.ends is Ends.BOTH else 1
    assert ledger is not None and load is not None
    assert ledger.balanced, ledger
    assert ledger.unmatched == 0
    # Since 6.18 an init may meet -ENOMEM while another CPU holds a slab's lock; it is counted.
    assert set(ledger.init_failed) <= {"ENOMEM"}
    assert not ledger.insert_failed and not ledger.start_failed and not ledger.collect_failed
    without_memory = sum(ledger.init_failed.values())
    assert ledger.started + without_memory == ends * load.connections_total
    assert ledger.fired + ledger.cancelled == ledger.started and ledger.pending == 0


@pytest.mark.parametrize("ends", Ends)
@pytest.mark.parametrize("hook", [Hook.TP_BTF, Hook.SOCKOPS])
@pytest.mark.parametrize("ip", ["ipv4", "ipv6"])
def test_each_measured_end_of_each_connection_gets_its_timer(
    hook: Hook, ip: str, ends: Ends, make_cell: MakeCell, measure: Measure
) -> None:
    record = measure(tcp(make_cell, hook=hook, ip=ip, ends=ends))
    assert_a_timer_per_measured_end(record)
    assert record.hook is not None and record.hook.used == hook
    assert record.callbacks is not None and record.callbacks.fired > 0


def test_auto_takes_the_first_hook_that_loads_and_says_why(
    make_cell: MakeCell, measure: Measure
) -> None:
    record = measure(tcp(make_cell, hook=Hook.AUTO))
    assert record.hook is not None
    order = [Hook.FENTRY, Hook.TP_BTF, Hook.SOCKOPS]
    used = order.index(Hook(record.hook.used))
    assert set(record.hook.refused) == set(order[:used])
    assert all("kernel refused" in reason for reason in record.hook.refused.values())


def test_entries_allocated_on_demand(make_cell: MakeCell, measure: Measure) -> None:
    cell = tcp(make_cell, hook=Hook.TP_BTF, map_type=MapType.HASH_NOPREALLOC)
    assert_a_timer_per_measured_end(measure(cell))


def test_poisson_arrivals_with_hold_and_payload(make_cell: MakeCell, measure: Measure) -> None:
    cell = tcp(
        make_cell,
        hook=Hook.TP_BTF,
        load_shape="poisson",
        hold_ns=20 * NS_PER_MS,
        payload_bytes=500,
    )
    assert_a_timer_per_measured_end(measure(cell))


def test_closed_loop(make_cell: MakeCell, measure: Measure) -> None:
    cell = tcp(make_cell, hook=Hook.TP_BTF, load_hz=None, load_shape="closed", map_size=131_072)
    record = measure(cell)
    assert_a_timer_per_measured_end(record)
    assert record.callbacks is not None and record.callbacks.offered_hz is None


def test_a_full_map_is_counted_and_makes_the_trial_invalid(
    make_cell: MakeCell, measure: Measure
) -> None:
    # A timeout far beyond the trial keeps every entry: only 64 fit.
    cell = tcp(make_cell, hook=Hook.TP_BTF, map_size=64, timeout_ns=300 * NS_PER_MS)
    record = measure(cell)
    ledger, load = record.ledger, record.load
    assert ledger is not None and load is not None
    assert ledger.balanced and ledger.insert_failed.get("E2BIG", 0) > 0
    assert ledger.started + sum(ledger.insert_failed.values()) == load.connections_total
    assert any("not inserted: " in reason and "E2BIG" in reason for reason in record.reasons)
