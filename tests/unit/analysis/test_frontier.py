from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bench.analysis.cell_rows import cell_rows
from bench.analysis.frontier import choices
from bench.page.charts.decision import section
from bench.record import Cost, TotalCost, TrialRecord
from bench.spec import Cell, Engine, MapType
from bench.store.run import Run

ReadRun = Callable[..., tuple[Run, ...]]


def test_engines_that_are_beaten_in_both_are_not_on_the_frontier(
    read_run: ReadRun, make_record: Callable[..., TrialRecord], make_cell: Callable[..., Cell]
) -> None:
    figures = {
        Engine.BPF_TIMER: (5_000, 0.30),
        Engine.USER_GC: (90_000, 0.10),
        Engine.BPF_SWEEP: (95_000, 0.35),
    }
    records = [
        make_record(
            number,
            cell=make_cell(program="tcp", engine=engine, load_hz=5_000, population=500),
            p50_ns=late,
            cost=Cost(total=TotalCost(share=share)),
        )
        for number, (engine, (late, share)) in enumerate(figures.items())
    ]
    (run,) = read_run([])
    rows = cell_rows([replace(run, records=records)])
    found = {choice.row.cell.engine: choice.best for choice in choices(rows)}
    assert found == {Engine.BPF_TIMER: True, Engine.USER_GC: True, Engine.BPF_SWEEP: False}
    (chart,) = section(rows).charts
    assert "Not beaten: bpf_timer on tcp, load 5k, timeout 100ms, 500 live" in chart.alt


def test_maps_of_any_size_are_the_same_work_where_the_population_is_stated(
    read_run: ReadRun, make_record: Callable[..., TrialRecord], make_cell: Callable[..., Cell]
) -> None:
    timer = make_cell(program="tcp", load_hz=5_000, population=500)
    lru = replace(timer, engine=Engine.USER_GC, map_type=MapType.LRU_HASH, map_size=500)
    cost = Cost(total=TotalCost(share=0.1))
    records = [make_record(n, cell=cell, cost=cost) for n, cell in enumerate((timer, lru))]
    (run,) = read_run([])
    assert len({c.work for c in choices(cell_rows([replace(run, records=records)]))}) == 1


def test_one_engine_is_no_choice(
    read_run: ReadRun, make_record: Callable[..., TrialRecord]
) -> None:
    rows = cell_rows(read_run([make_record(1, cost=Cost(total=TotalCost(share=0.1)))]))
    assert choices(rows) == () and not section(rows).charts
