from __future__ import annotations

from collections.abc import Callable

from bench.compare.cells import as_in, unmatched
from bench.record import TrialRecord
from bench.spec import Cell
from tests.unit.compare.conftest import Draw


def test_cells_of_one_run_only_are_listed(draw: Draw) -> None:
    gone, added = unmatched(draw(seed=1, cells=3), draw(seed=1, cells=2))
    assert [cell.map_size for cell in gone] == [3] and added == []


def test_a_timer_on_each_cpu_is_one_cell_on_hosts_of_any_size(
    make_cell: Callable[..., Cell], make_record: Callable[..., TrialRecord]
) -> None:
    two, four = (
        [make_record(1, cell=make_cell(program="sampler", map_type="array", map_size=cpus))]
        for cpus in (2, 4)
    )
    assert unmatched(two, as_in(two, four)) == ([], [])
    plain = [make_record(1, cell=make_cell(map_size=size)) for size in (2, 4)]
    assert as_in(plain[:1], plain[1:]) == plain[1:], "what the user chose stays"
