from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bench.analysis.cell_rows import cell_rows
from bench.analysis.labels import labels, spread
from bench.quantities.catalogue import QUANTITIES
from bench.quantities.own import declared
from bench.record import TrialRecord, Venue
from bench.spec import Cell
from bench.store.run import Run


def test_cells_on_both_sides_of_a_take_over_are_never_left_out(
    read_run: Callable[..., tuple[Run, ...]],
    make_record: Callable[..., TrialRecord],
    make_cell: Callable[..., Cell],
) -> None:
    records = [
        replace(
            make_record(size, cell=make_cell(map_size=size)),
            venue=Venue(idle=10, task=0, ksoftirqd=90 if size > 37 else 1),
        )
        for size in range(1, 101)
    ]
    rows = cell_rows(read_run(records))
    picked = spread(rows, 10)
    sizes = [row.cell.map_size for row in picked]
    assert {37, 38} <= set(sizes) and len(sizes) == 10
    assert sizes == sorted(sizes) and sizes[0] == 1 and sizes[-1] == 100
    assert len(set(labels(picked))) == 10
    assert spread(rows, 200) == list(rows)


def test_every_meaning_stands_alone() -> None:
    """A caption or a column has it without the one before."""
    related = [q.title for q in (*QUANTITIES, *declared()) if q.meaning.startswith("the same")]
    assert related == []
