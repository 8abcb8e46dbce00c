from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.analysis.cell_rows import CellRow, cell_rows
from bench.analysis.frontier import choices
from bench.page.charts.decision import section
from bench.record import Cost, TotalCost, TrialRecord
from bench.spec import Cell, Engine, MapType
from bench.store.run import Run

ReadRun = Callable[..., tuple[Run, ...]]


BLOCKS = 8
Figures = dict[Engine, tuple[int, float]]
FIGURES: Figures = {
    Engine.BPF_TIMER: (5_000, 0.30),
    Engine.USER_GC: (90_000, 0.10),
    Engine.BPF_SWEEP: (95_000, 0.35),
}


@pytest.fixture
def rows_of(
    read_run: ReadRun, make_record: Callable[..., TrialRecord], make_cell: Callable[..., Cell]
) -> Callable[..., list[CellRow]]:
    """Cells of three engines whose figures alternate between blocks by a share of themselves."""

    def make(noise: float, figures: Figures = FIGURES) -> list[CellRow]:
        count = len(figures)
        records = [
            make_record(
                number,
                block=number // count,
                cell=make_cell(program="tcp", engine=engine, load_hz=5_000, population=500),
                p50_ns=round(late * factor),
                cost=Cost(total=TotalCost(share=share * factor)),
            )
            for number, (engine, (late, share)) in enumerate([*figures.items()] * BLOCKS)
            for odd in [(number // count + (engine is Engine.BPF_SWEEP)) % 2]
            for factor in [1 + noise * (1 if odd else -1)]
        ]
        (run,) = read_run([])
        return list(cell_rows([replace(run, records=records)]))

    return make


def best_of(rows: list[CellRow]) -> set[str]:
    return {choice.row.cell.engine for choice in choices(rows) if choice.best}


def test_engines_that_are_beaten_in_both_are_not_on_the_frontier(
    rows_of: Callable[..., list[CellRow]],
) -> None:
    rows = rows_of(0.01)
    assert best_of(rows) == {Engine.BPF_TIMER, Engine.USER_GC}
    (chart,) = section(rows).charts
    assert "Not beaten: bpf_timer on tcp, load 5k, timeout 100ms, 500 live" in chart.alt


def test_an_engine_that_is_not_told_apart_is_not_beaten(
    rows_of: Callable[..., list[CellRow]],
) -> None:
    """The scatter of blocks is larger than what the medians differ by."""
    alike = {engine: FIGURES[engine] for engine in (Engine.USER_GC, Engine.BPF_SWEEP)}
    assert best_of(rows_of(0.01, alike)) == {Engine.USER_GC}
    assert best_of(rows_of(0.8, alike)) == set(alike)


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
