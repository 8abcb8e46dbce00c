from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.analysis.answers.each_connection import affordable, each_connection, has_rates
from bench.analysis.answers.question import Asked
from bench.analysis.cell_rows import cell_rows
from bench.analysis.effects import Effects
from bench.control import control_of
from bench.histogram import Histogram
from bench.reason import Code
from bench.record import Cost, LoadResult, Status, TotalCost, TrialRecord
from bench.spec import AddressFamily, Cell, Control, Ends, Engine, Hook, LoadShape, MapType
from bench.store.run import Run

ReadRun = Callable[..., tuple[Run, ...]]
BLOCKS = range(1, 7)


@pytest.fixture
def timer(make_cell: Callable[..., Cell]) -> Cell:
    return make_cell(
        program="tcp",
        hook=Hook.AUTO,
        ends=Ends.SERVER,
        map_size=1 << 21,
        timeout_ns=300 * 10**9,
        population=1_500_000,
        load_hz=5_000,
        load_shape=LoadShape.CONSTANT,
        ip=AddressFamily.IPV4,
    )


def load_of(p50_ns: int) -> LoadResult:
    late = [p50_ns] * 1_980 + [10 * p50_ns] * 20
    return LoadResult(
        offered_hz=5_000.0,
        achieved_hz=5_000.0,
        connections=2_000,
        connections_total=2_000,
        errors={},
        connect=Histogram.of(late).summary(),
    )


def said(read_run: ReadRun, records: list[TrialRecord]) -> list[tuple[str, tuple[str, ...]]]:
    (run,) = read_run([])
    rows = cell_rows([replace(run, records=records)])
    return [(line.text, line.parts) for line in each_connection(Asked(rows, Effects((), (), ())))]


@pytest.fixture
def measured(
    make_record: Callable[..., TrialRecord], timer: Cell
) -> Callable[..., list[TrialRecord]]:
    """Six blocks of a cell and of the same connections without timers."""

    def make(cell: Cell, total: TotalCost | None = None, **more: object) -> list[TrialRecord]:
        alone = control_of(timer, Control.LOAD)
        cost = Cost(total=total or TotalCost(share=0.09, ns=18_000.0))
        beside = [make_record(100 + b, block=b, cell=alone, load=load_of(20_000)) for b in BLOCKS]
        own = [
            make_record(b, block=b, cell=cell, load=load_of(30_000), cost=cost, **more)
            for b in BLOCKS
        ]
        return [*own, *beside]

    return make


def test_a_line_states_load_timeout_live_cpu_cost_and_delays(
    read_run: ReadRun, measured: Callable[..., list[TrialRecord]], timer: Cell
) -> None:
    ((text, parts),) = said(read_run, measured(timer))
    assert text == "5k connections/s, timeouts of 300s (1.5M live):"
    engine, without = parts
    assert engine.startswith("bpf_timer: 9% (9\N{EN DASH}9%) of one CPU, 18µs (18\N{EN DASH}18µs)")
    assert "median connect +49.7% (49.7\N{EN DASH}49.7%)" in engine, "histograms have two digits"
    assert "p99 connect 20.1µs \N{RIGHTWARDS ARROW} 30.1µs" in engine
    assert without.startswith("no timers: median connect 20")


def test_trials_that_the_timers_spoilt_leave_no_upper_end(
    read_run: ReadRun, measured: Callable[..., list[TrialRecord]], timer: Cell
) -> None:
    def spoilt(blocks: int) -> list[TrialRecord]:
        bad = {"status": Status.INVALID, "codes": [Code.LOAD_EXCESS], "reasons": ["x"]}
        return [replace(r, **bad) if r.trial <= blocks else r for r in measured(timer)]

    ((_, (engine, _)),) = said(read_run, spoilt(1))
    assert "median connect +49.7% (at least 49.7%)" in engine
    ((_, (engine, _)),) = said(read_run, spoilt(5))
    assert "median connect not known: the load was spoilt in most trials" in engine


def test_engines_stand_beside_each_other_whatever_their_maps(
    read_run: ReadRun, measured: Callable[..., list[TrialRecord]], timer: Cell
) -> None:
    lru = replace(timer, engine=Engine.LRU, map_type=MapType.LRU_HASH, map_size=1_500_000)
    ((_, parts),) = said(read_run, [*measured(timer), *measured(lru)[: len(BLOCKS)]])
    assert [part.partition(":")[0] for part in parts] == [
        "bpf_timer",
        "lru (keeps no timeout)",
        "no timers",
    ]


def test_invalid_trials_are_marked(
    read_run: ReadRun, measured: Callable[..., list[TrialRecord]], timer: Cell
) -> None:
    ((_, (engine, *_)),) = said(read_run, measured(timer, status=Status.INVALID))
    assert engine.startswith("bpf_timer (! invalid trials only): !9%")


def test_a_refused_cost_says_why(
    read_run: ReadRun, measured: Callable[..., list[TrialRecord]], timer: Cell
) -> None:
    ((_, (engine, *_)),) = said(read_run, measured(timer, TotalCost(refused="CPU 1 was full")))
    assert engine.startswith("bpf_timer: CPU not known: CPU 1 was full, median connect")


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ((0.04, 0.2, 0.3), "3.12k connections/s, interpolated between 2k and 5k measured"),
        ((0.12, 0.2, 0.3), "fewer than 2k connections/s, the lowest rate measured"),
        ((0.02, 0.05, 0.09), "more than 10k connections/s, the highest measured"),
        ((0.02, 0.12, 0.09), "not known: 12% at 5k but 9% at 10k measured"),
    ],
)
def test_what_can_be_afforded_lies_between_rates_that_agree(
    read_run: ReadRun,
    make_record: Callable[..., TrialRecord],
    timer: Cell,
    shares: tuple[float, ...],
    expected: str,
) -> None:
    records = []
    for rate, share in zip((2_000, 5_000, 10_000), shares, strict=True):
        cell = replace(timer, load_hz=rate, population=300 * rate)
        cost = Cost(total=TotalCost(share=share, ns=1.0))
        alone = control_of(cell, Control.LOAD)
        for block in BLOCKS:
            number = rate + 2 * block
            own = make_record(number, block=block, cell=cell, load=load_of(30_000), cost=cost)
            other = make_record(number + 1, block=block, cell=alone, load=load_of(20_000))
            records += [own, other]
    (run,) = read_run([])
    asked = Asked(cell_rows([replace(run, records=records)]), Effects((), (), ()))
    assert has_rates(asked)
    (line,) = affordable(asked)
    assert line.text == "10% of one CPU pays for, with timeouts of 300s:"
    assert line.parts == (f"bpf_timer (timers of the kernel in BPF maps): {expected}",)


def test_cells_without_a_trial_are_no_answer(
    read_run: ReadRun, make_record: Callable[..., TrialRecord], timer: Cell
) -> None:
    ((text, _),) = said(read_run, [make_record(1, cell=timer, status=Status.FAILED)])
    assert "not known" in text
