from __future__ import annotations

from bench.compare.cells import unmatched
from tests.unit.compare.conftest import Draw


def test_cells_of_one_run_only_are_listed(draw: Draw) -> None:
    gone, added = unmatched(draw(seed=1, cells=3), draw(seed=1, cells=2))
    assert [cell.map_size for cell in gone] == [3] and added == []
