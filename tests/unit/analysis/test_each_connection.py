from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.analysis.answers.each_connection import each_connection
from bench.analysis.answers.question import Asked, Sentence
from bench.analysis.answers.tabled import tabled
from bench.analysis.cell_rows import cell_rows
from bench.analysis.effects import Effects
from bench.control import control_of
from bench.histogram import Histogram
from bench.reason import Code
from bench.record import Cost, LoadResult, Status, TotalCost, TrialRecord
from bench.spec import Cell, Control, Engine, MapType
from bench.store.run import Run
from tests.unit.analysis.connecting import BLOCKS
from tests.unit.analysis.connecting import timer as timer

ReadRun = Callable[..., tuple[Run, ...]]


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
    assert engine.startswith("bpf_timer: 9% of one CPU, 18µs")
    assert "median connect +49.7%" in engine, "histograms have two digits"
    assert "p99 connect 20.1µs \N{RIGHTWARDS ARROW} 30.1µs" in engine
    assert without.startswith("no timers: median connect 20")


def test_the_table_says_the_same_as_the_parts(
    read_run: ReadRun, measured: Callable[..., list[TrialRecord]], timer: Cell
) -> None:
    (run,) = read_run([])
    wq = replace(timer, engine=Engine.BPF_WQ, load_hz=2_000)
    records = [replace(run, records=[*measured(timer), *measured(wq)[: len(BLOCKS)]])]
    lines = each_connection(Asked(cell_rows(records), Effects((), (), ())))
    (line,) = tabled([Sentence("s", each.text, "", each.parts, grid=each.grid) for each in lines])
    assert line.grid and not line.parts
    texts = {row[:4]: row[4:] for row in line.grid.rows}
    assert list(texts) == [
        ("2k", "300s", "1.5M", "bpf_wq"),
        ("2k", "300s", "1.5M", "bpf_timer"),
        ("5k", "300s", "1.5M", "no timers"),
        ("5k", "300s", "1.5M", "bpf_timer"),
        ("5k", "300s", "1.5M", "bpf_wq"),
    ]
    share, each, *_, median, slowest = texts["5k", "300s", "1.5M", "bpf_timer"]
    (engine, *_) = lines[1].parts
    for text in (f"{share} of one CPU", f"{each} a timer", f"connect {median}", slowest):
        assert text in engine
    assert texts["5k", "300s", "1.5M", "bpf_wq"][0] == "- (no such cell in this sweep)"
    assert all(len(row) == len(line.grid.titles) for row in line.grid.rows)


def test_trials_that_the_timers_spoilt_leave_no_upper_end(
    read_run: ReadRun, measured: Callable[..., list[TrialRecord]], timer: Cell
) -> None:
    def spoilt(blocks: int) -> list[TrialRecord]:
        bad = {"status": Status.INVALID, "codes": [Code.LOAD_EXCESS], "reasons": ["x"]}
        return [replace(r, **bad) if r.trial <= blocks else r for r in measured(timer)]

    ((_, (engine, _)),) = said(read_run, spoilt(1))
    assert "median connect +49.7% (at least 49.7%)" in engine
    assert engine.endswith("(at least +49.7%)"), "of the slowest 1 %"
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


def test_cells_without_a_trial_are_no_answer(
    read_run: ReadRun, make_record: Callable[..., TrialRecord], timer: Cell
) -> None:
    ((text, _),) = said(read_run, [make_record(1, cell=timer, status=Status.FAILED)])
    assert "not known" in text
