"""Alternatives to timers on the same work, each with the ledger that it can have."""

from __future__ import annotations

from collections.abc import Callable

from bench.record import TrialRecord
from bench.spec import Cell, Engine, Hook, MapType
from bench.units import NS_PER_MS

MakeCell = Callable[..., Cell]
MeasureEach = Callable[..., list[TrialRecord]]
PERIOD_NS = 100 * NS_PER_MS


def tcp(make_cell: MakeCell, engine: Engine, **changes: object) -> Cell:
    fields: dict[str, object] = {
        "program": "tcp",
        "hook": Hook.TP_BTF,
        "engine": engine,
        "map_size": 16_384,
        "load_hz": 500,
        "load_shape": "constant",
        "ip": "both",
    }
    return make_cell(**(fields | changes))


def test_a_user_space_collector_accounts_for_every_entry(
    make_cell: MakeCell, measure_each: MeasureEach
) -> None:
    options = {"gc_period_ns": PERIOD_NS}
    kinds = (MapType.HASH, MapType.HASH_NOPREALLOC, MapType.LRU_HASH)
    cells = [
        tcp(make_cell, Engine.USER_GC, map_type=kind, outer_map=outer, options=options)
        for kind, outer in zip(kinds, ("none", "array_of_maps", "hash_of_maps"), strict=True)
    ]
    for record in measure_each(cells, duration=5 * PERIOD_NS):
        ledger, lateness = record.ledger, record.lateness
        assert ledger is not None and ledger.balanced, ledger
        assert ledger.unmatched == 0 and ledger.inited == 0
        assert ledger.started == ledger.fired + ledger.pending + ledger.freed
        assert lateness is not None and lateness.negative == 0
        # Entries wait for the next scan, half a period on average; no timer is that late.
        assert lateness.mean_ns is not None and lateness.mean_ns > PERIOD_NS / 10
        assert record.venue is None
        assert record.measures["gc_scans"] and record.measures["gc_cpu_ns"]


def test_a_map_that_only_evicts_has_neither_callbacks_nor_lateness(
    make_cell: MakeCell, measure_each: MeasureEach
) -> None:
    cell = tcp(make_cell, Engine.LRU, map_type=MapType.LRU_HASH, map_size=128)
    (record,) = measure_each([cell])
    ledger = record.ledger
    assert record.callbacks is None and record.lateness is None and record.venue is None
    assert ledger is not None and ledger.freed_inferred and ledger.unmatched == 0
    assert ledger.inited == ledger.fired == 0
    assert ledger.started == ledger.freed + ledger.entries
    assert ledger.freed > 0 and 0 < ledger.entries <= 128
