"""Rivals of a timer for each entry, against bpftool, /proc and entries made by the test."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from bench.drivers.activity import Activities
from bench.drivers.environment import Environment
from bench.drivers.registry import find_driver, fitted
from bench.drivers.session import BpfSession
from bench.engines import bpf_wq
from bench.engines.base import Opened
from bench.engines.opening import opened
from bench.errors import BenchError
from bench.libbpf import raw
from bench.libbpf.known import open_map
from bench.libbpf.maps import BpfMap
from bench.process import run
from bench.record import TrialRecord
from bench.spec import Cell, Engine, Hook, MapType, engines_of
from bench.units import NS_PER_MS, NS_PER_S
from tests.waiting import wait_until

MakeCell = Callable[..., Cell]
MeasureEach = Callable[..., list[TrialRecord]]
DUE, LATER = 700, 300
HOUR_NS = 3600 * NS_PER_S


@contextmanager
def rival(cell: Cell, environment: Environment) -> Iterator[tuple[Opened, BpfSession]]:
    ready = opened(find_driver(cell.program), fitted(cell), environment, {})
    with ready.session as session:
        assert isinstance(session, BpfSession)
        session.prepare(environment, HOUR_NS)
        yield ready, session


def cell_of(make_cell: MakeCell, engine: Engine, **changes: object) -> Cell:
    fields: dict[str, object] = {
        "program": "tcp", "engine": engine, "hook": Hook.TP_BTF, "map_size": 4_096,
        "load_hz": 500, "options": {"gc_period_ns": 10 * NS_PER_MS},
    }  # fmt: skip
    return make_cell(**(fields | changes))


def insert(table: BpfMap, first: int, number: int, due_ns: int) -> None:
    insert_by_fd(table.fd, table.key_bytes, first, number, due_ns)


def insert_by_fd(fd: int, key_bytes: int, first: int, number: int, due_ns: int) -> None:
    for key in range(first, first + number):
        raw.update(fd, key.to_bytes(key_bytes, "little"), due_ns.to_bytes(8, "little"))


def bpftool_map(fd: int) -> dict[str, int]:
    """What bpftool says of a map."""
    found = json.loads(run(["bpftool", "-j", "map", "show", "id", str(map_id(fd))]))
    return dict(found)


def map_id(fd: int) -> int:
    return int(raw._fdinfo(fd)["map_id"])


def dumped(fd: int) -> int:
    """Entries of a map, counted by bpftool."""
    return len(json.loads(run(["bpftool", "-j", "map", "dump", "id", str(map_id(fd))])))


@pytest.mark.parametrize("engine", [Engine.USER_GC, Engine.BPF_SCAN])
@pytest.mark.parametrize("kind", [MapType.HASH, MapType.HASH_NOPREALLOC, MapType.LRU_HASH])
def test_a_scan_deletes_what_is_due_and_nothing_else(
    engine: Engine, kind: MapType, make_cell: MakeCell, environment: Environment
) -> None:
    with rival(cell_of(make_cell, engine, map_type=kind), environment) as (ready, session):
        table, now = session.map("timers"), time.monotonic_ns()
        insert(table, 0, DUE, now - NS_PER_S)
        insert(table, DUE, LATER, now + HOUR_NS)
        assert dumped(table.fd) == DUE + LATER
        with Activities(ready.collectors) as collector:
            collector.start()
            wait_until("three scans", collector.counts, lambda seen: seen["gc_scans"] >= 3)
            collector.stop()
            counts, seen = collector.counts(), session.read()
        assert dumped(table.fd) == session.census().entries == LATER
        assert seen.collected == seen.fired == seen.lateness.count == DUE
        assert counts["gc_scanned"] == DUE + LATER * counts["gc_scans"]
        # Due a second before the scans, and collected within them.
        assert seen.lateness.min_ns is not None and seen.lateness.min_ns >= NS_PER_S
        assert 0 < counts["gc_cpu_ns"] and 0 < counts["gc_scan_ns"]


def test_the_kernel_counts_as_many_runs_of_the_scan(
    make_cell: MakeCell, environment: Environment
) -> None:
    with rival(cell_of(make_cell, Engine.BPF_SCAN), environment) as (ready, session):
        program = session.program_fd("scan")
        statistics = raw.count_runs()
        with Activities(ready.collectors) as collector:
            collector.start()
            wait_until("five scans", collector.counts, lambda seen: seen["gc_scans"] >= 5)
            collector.stop()
            ran, counts = raw.runs(program), collector.counts()
        os.close(statistics)
    assert ran.number == counts["gc_scans"]
    assert ran.total_ns <= counts["gc_scan_ns"]


def test_a_sweep_deletes_what_is_due_in_each_part(
    make_cell: MakeCell, environment: Environment
) -> None:
    with rival(cell_of(make_cell, Engine.BPF_SWEEP), environment) as (ready, session):
        now = time.monotonic_ns()
        with parts_of(session) as parts, Activities(ready.collectors) as collector:
            assert len(parts) == 64
            for part in parts:
                key = session.map("timers").key_bytes
                insert_by_fd(part, key, 0, 10, now - NS_PER_S)
                insert_by_fd(part, key, 10, 5, now + HOUR_NS)
            assert sum(map(dumped, parts)) == session.census().entries == 64 * 15
            collector.start()
            wait_until("three sweeps", collector.counts, lambda seen: seen["gc_scans"] >= 3)
            collector.stop()
            counts, seen = collector.counts(), session.read()
            assert {dumped(part) for part in parts} == {5}
            # Stopped: nothing is looked at any more.
            time.sleep(0.1)
            assert collector.counts() == counts
        assert session.census().entries == 64 * 5
        assert seen.collected == seen.fired == seen.lateness.count == 64 * 10
        # The part that the last tick scanned is not the last of the table in general.
        least = 64 * 10 + 64 * 5 * counts["gc_scans"]
        assert least <= counts["gc_scanned"] < least + 64 * 5


def test_a_sweep_is_through_with_the_table_once_a_period(
    make_cell: MakeCell, environment: Environment
) -> None:
    """64 ticks a period: the callback's own count of scans against the clock."""
    cell = cell_of(make_cell, Engine.BPF_SWEEP, options={"gc_period_ns": 20 * NS_PER_MS})
    with (
        rival(cell, environment) as (ready, _),
        Activities(ready.collectors) as collector,
    ):
        collector.start()
        begin = time.monotonic_ns()
        wait_until("twenty sweeps", collector.counts, lambda seen: seen["gc_scans"] >= 20)
        elapsed = time.monotonic_ns() - begin
        collector.stop()
    # Never faster than asked for; a busy host may be slower.
    assert elapsed >= 19 * 20 * NS_PER_MS


@contextmanager
def parts_of(session: BpfSession) -> Iterator[list[int]]:
    """Descriptors of the maps that a table is divided among."""
    with ExitStack() as held:
        found = []
        for part in range(64):
            number = raw.lookup(session.map("parts").fd, part.to_bytes(4, "little"), 4)
            assert number is not None
            found.append(held.enter_context(open_map(int.from_bytes(number, "little"))))
        yield found


@pytest.mark.parametrize("engine", [Engine.USER_GC, Engine.BPF_SCAN, Engine.LRU])
@pytest.mark.parametrize("program", ["tcp", "xdp_gc"])
def test_their_values_hold_no_timer(
    program: str, engine: Engine, make_cell: MakeCell, environment: Environment
) -> None:
    kind = MapType.LRU_HASH if engine is Engine.LRU else MapType.HASH
    changes = {"hook": Hook.TP_BTF if program == "tcp" else None, "options": {}}
    cell = cell_of(make_cell, engine, program=program, map_type=kind, **changes)
    with rival(cell, environment) as (_, session):
        assert bpftool_map(session.map("timers").fd)["bytes_value"] == 8


@pytest.mark.parametrize("engine", engines_of("tcp"))
def test_what_an_entry_takes_is_what_bpftool_says_of_the_map(
    engine: Engine, make_cell: MakeCell, environment: Environment
) -> None:
    kind = MapType.LRU_HASH if engine is Engine.LRU else MapType.HASH
    cell = cell_of(make_cell, engine, map_type=kind, options={})
    with rival(cell, environment) as (ready, session):
        with ExitStack() as held:
            fds = [session.map("timers").fd]
            if engine is Engine.BPF_SWEEP:
                fds = held.enter_context(parts_of(session))
            shown = [bpftool_map(fd) for fd in fds]
        found, table = ready.gauges(), sum(each["bytes_memlock"] for each in shown)
        assert found["entry_bytes"] == round(table / cell.map_size)
        # An element of the kernel's has its key, its value and 48 bytes of its own.
        assert found["entry_bytes"] >= 48 + shown[0]["bytes_key"] + shown[0]["bytes_value"]
        objects = {Engine.BPF_TIMER: 1, Engine.BPF_WQ: 2}.get(engine, 0)
        assert ("timer_bytes" in found) == bool(objects)
        assert found.get("timer_bytes", 0) >= objects * 96


def test_works_end_every_entry_and_run_in_kworkers(
    make_cell: MakeCell, measure_each: MeasureEach
) -> None:
    kinds = (MapType.HASH, MapType.HASH_NOPREALLOC, MapType.LRU_HASH)
    cells = [
        cell_of(make_cell, Engine.BPF_WQ, map_type=kind, map_size=16_384, options={})
        for kind in kinds
    ]
    flows = {"packets_hz": 20_000, "flows": 5_000}
    cells.append(
        cell_of(
            make_cell,
            Engine.BPF_WQ,
            program="xdp_gc",
            hook=None,
            map_size=16_384,
            load_hz=0,
            timeout_ns=100 * NS_PER_MS,
            options=flows,
        )
    )
    for record in measure_each(cells):
        ledger, lateness = record.ledger, record.lateness
        assert ledger is not None and ledger.balanced and not ledger.lost, ledger
        assert ledger.inited and ledger.collected and not ledger.collect_failed
        assert lateness is not None and lateness.count and not lateness.negative
        assert record.venue is None


def test_pushing_back_flows_keeps_the_ledger_of_works(
    make_cell: MakeCell, measure_each: MeasureEach
) -> None:
    """Flows come again at about their timeout, so that packets meet timers and works that end."""
    options = {"packets_hz": 20_000, "flows": 2_000}
    cell = cell_of(
        make_cell, Engine.BPF_WQ, program="xdp_gc", hook=None, load_hz=0,
        timeout_ns=100 * NS_PER_MS, options=options,
    )  # fmt: skip
    (record,) = measure_each([cell])
    ledger = record.ledger
    assert ledger is not None and ledger.balanced and not ledger.lost, ledger
    assert ledger.started == ledger.collected + ledger.entries


def test_the_calls_of_work_queues_are_missing_where_bpftool_knows_none() -> None:
    text = run(["bpftool", "btf", "dump", "file", "/sys/kernel/btf/vmlinux"])
    missing = [name for name in bpf_wq.CALLS if f"FUNC '{name}'" not in text]
    assert bpf_wq.missing_calls() == missing


def test_what_a_full_table_that_evicts_has_lost_is_found(
    make_cell: MakeCell, measure_each: MeasureEach
) -> None:
    """128 entries of 500 connections/s last a quarter of a second; a timer keeps them for one."""
    kind = MapType.LRU_HASH
    small, large = (
        cell_of(
            make_cell, Engine.LRU, map_type=kind, map_size=size, options={}, timeout_ns=NS_PER_S
        )
        for size in (128, 4_096)
    )
    lost, kept = measure_each([small, large], duration=2 * NS_PER_S)
    for record in (lost, kept):
        due = record.measures["young_due"]
        assert due is not None and due == pytest.approx(500, rel=0.2)
    assert (lost.measures["lost_early"] or 0) >= (lost.measures["young_due"] or 0) - 128
    assert (kept.measures["lost_early"] or 0) <= 0.05 * (kept.measures["young_due"] or 0)


def test_a_collector_that_dies_fails_the_trial(
    make_cell: MakeCell, environment: Environment
) -> None:
    # Descriptor 0 is no map.
    with rival(cell_of(make_cell, Engine.USER_GC), environment) as (ready, _):
        (collector,) = ready.collectors
        place = collector._command.index("read") + 1  # type: ignore[attr-defined]
        collector._command[place] = "0"  # type: ignore[attr-defined]
        with Activities(ready.collectors) as activities:
            activities.start()
            with pytest.raises(BenchError, match=r"the collector .* died"):
                wait_until("its death", activities.counts, lambda seen: False)
