from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bench.analysis.cell_rows import CellRow, cell_rows
from bench.page.charts.side_by_side import MOST_WORKS, side_by_side
from bench.page.figures import svg_of
from bench.record import Cost, TotalCost, TrialRecord
from bench.spec import Cell, Engine
from bench.store.run import Run
from bench.units import NS_PER_S

ReadRun = Callable[..., tuple[Run, ...]]
MakeRecord = Callable[..., TrialRecord]


def rows_of(read_run: ReadRun, make_record: MakeRecord, cells: list[Cell]) -> tuple[CellRow, ...]:
    """Each cell by two engines."""
    several = [
        replace(cell, engine=engine)
        for cell in cells
        for engine in (Engine.BPF_TIMER, Engine.USER_GC)
    ]
    cost = Cost(total=TotalCost(share=0.1))
    records = [make_record(number, cell=cell, cost=cost) for number, cell in enumerate(several)]
    (run,) = read_run([])
    return cell_rows([replace(run, records=records)])


def test_each_kind_of_work_has_a_plot_with_its_name_by_timeout_and_rate(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    works = [(5_000, 300), (10_000, 10), (5_000, 10)]
    cells = [
        make_cell(program="tcp", load_hz=hz, timeout_ns=seconds * NS_PER_S, population=hz * seconds)
        for hz, seconds in works
    ]
    (chart,) = side_by_side(rows_of(read_run, make_record, cells))
    names = [
        "tcp, load 5k, timeout 10s, 50k live",
        "tcp, load 10k, timeout 10s, 100k live",
        "tcp, load 5k, timeout 300s, 1.5M live",
    ]
    assert chart.spec["facet"]["sort"] == names
    svg = svg_of(chart)
    places = [svg.index(name) for name in names]
    assert places == sorted(places) and svg.count(">bpf_timer<") == svg.count(">user_gc<") == 1


def test_one_kind_or_very_many_are_not_drawn_side_by_side(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    cells = [
        make_cell(program="tcp", load_hz=1_000 * number, population=500)
        for number in range(1, MOST_WORKS + 2)
    ]
    for few in (cells[:1], cells):
        assert side_by_side(rows_of(read_run, make_record, few)) == []
