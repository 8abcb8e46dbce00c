"""Alternatives to timers on the same work, each with the ledger that it can have."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.drivers.environment import Environment
from bench.drivers.registry import find_driver
from bench.engines.timerfd import TimerfdSession
from bench.errors import BenchError
from bench.record import TrialRecord
from bench.spec import Cell, Clock, Engine, Hook, MapType
from bench.units import NS_PER_MS, NS_PER_S

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


@pytest.mark.parametrize("engine", [Engine.USER_GC, Engine.BPF_SCAN, Engine.BPF_SWEEP])
def test_a_scan_accounts_for_every_entry(
    engine: Engine, make_cell: MakeCell, measure_each: MeasureEach
) -> None:
    options = {"gc_period_ns": PERIOD_NS}
    kinds = (MapType.HASH, MapType.HASH_NOPREALLOC, MapType.LRU_HASH)
    outers = ("none", "array_of_maps", "hash_of_maps")
    if engine is Engine.BPF_SWEEP:
        outers = ("none",) * len(kinds)
    cells = [
        tcp(make_cell, engine, map_type=kind, outer_map=outer, options=options)
        for kind, outer in zip(kinds, outers, strict=True)
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
        assert record.measures["gc_scans"]
        assert ("gc_cpu_ns" in record.measures) == (engine is not Engine.BPF_SWEEP)
        assert record.measures["gc_scanned"] and record.measures["gc_scan_ns"]


def test_a_map_that_only_evicts_has_neither_callbacks_nor_lateness(
    make_cell: MakeCell, measure_each: MeasureEach
) -> None:
    cell = tcp(make_cell, Engine.LRU, map_type=MapType.LRU_HASH, map_size=64)
    (record,) = measure_each([cell])
    ledger = record.ledger
    assert record.callbacks is None and record.lateness is None and record.venue is None
    assert ledger is not None and ledger.freed_inferred and ledger.unmatched == 0
    assert ledger.inited == ledger.fired == 0
    assert ledger.started == ledger.freed + ledger.entries
    assert ledger.freed > 0 and 0 < ledger.entries <= 64


@pytest.mark.parametrize("clock", [Clock.MONOTONIC, Clock.BOOTTIME])
def test_an_epoll_loop_accounts_for_every_timer(
    clock: Clock, make_cell: MakeCell, measure_each: MeasureEach
) -> None:
    cell = make_cell(engine=Engine.TIMERFD, map_size=500, timeout_ns=50 * NS_PER_MS, clock=clock)
    # A loop that the host lets wait at the end of the window has not counted its last periods yet.
    (record,) = measure_each([cell], duration=20 * PERIOD_NS)
    ledger, lateness, callbacks = record.ledger, record.lateness, record.callbacks
    assert ledger is not None and ledger.balanced, ledger
    assert ledger.inited == ledger.started == 500 and ledger.pending == 0
    assert lateness is not None and lateness.negative == 0
    assert callbacks is not None and callbacks.missed_periods is not None
    # The kernel says how many periods went by, so the rate is exact whatever is missed.
    seen_hz = (callbacks.fired + callbacks.missed_periods) * NS_PER_S / record.window_ns
    assert seen_hz == pytest.approx(callbacks.offered_hz, rel=0.05)
    assert record.venue is None and record.measures["loop_cpu_ns"]


def test_its_timers_are_files_of_the_kernel(make_cell: MakeCell) -> None:
    """Counted by /proc, armed and after the cancellation."""
    cell = make_cell(engine=Engine.TIMERFD, map_size=30, timeout_ns=NS_PER_S)
    environment = Environment(cpus=(0,), ksoftirqd={})
    with TimerfdSession(cell) as session:
        session.live(10 * NS_PER_S)
        find_driver("resident").arm(session.run, cell, environment)
        infos = Path(f"/proc/{session.pid}/fdinfo")

        def armed() -> int:
            texts = [path.read_text() for path in infos.iterdir()]
            timers = [text for text in texts if "it_value" in text]
            assert len(timers) == 30
            return sum("it_value: (0, 0)" not in text for text in timers)

        assert armed() == session.census().pending == 30
        session.cancel_all()
        assert armed() == session.census().pending == 0
        assert session.read().cancelled == 30


def test_a_loop_that_dies_fails_the_trial(make_cell: MakeCell) -> None:
    cell = make_cell(engine=Engine.TIMERFD, map_size=3)
    with TimerfdSession(cell) as session:
        os.kill(session.pid, signal.SIGKILL)
        with pytest.raises(BenchError, match=r"the timerfd loop .* died .* exit code -9"):
            session.census()
