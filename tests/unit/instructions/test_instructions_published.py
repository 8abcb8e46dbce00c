"""The published tables: readable, exact where they have to be, and of one identity."""

from __future__ import annotations

from pathlib import Path

import pytest

import bench
from bench.instructions.against import same_identity
from bench.instructions.marks import Operation
from bench.instructions.running import CLOCK_AT_MOST, UNKNOWN_AT_MOST
from bench.instructions.table import Table, read_table

FOLDER = Path(bench.__file__).resolve().parents[1] / "results/instructions"
FILES = sorted(FOLDER.glob("*.json"))
ALWAYS_EXACT = [
    operation.text
    for operation in (
        Operation.INIT,
        Operation.SET_CALLBACK,
        Operation.START_IDLE,
        Operation.CANCEL,
        Operation.EXPIRY,
        Operation.RETURN,
    )
]


@pytest.fixture(params=FILES, ids=[file.stem for file in FILES])
def table(request: pytest.FixtureRequest) -> Table:
    return read_table(request.param)


def test_there_are_some() -> None:
    assert FILES


def test_a_boot_was_busy_and_both_checks_held(table: Table) -> None:
    assert len(table.busy_boots) == 3 and any(table.busy_boots)
    assert table.clock_difference <= CLOCK_AT_MOST and table.unknown_share <= UNKNOWN_AT_MOST


@pytest.mark.parametrize("operation", ALWAYS_EXACT)
def test_with_one_timer_it_is_exact(table: Table, operation: str) -> None:
    (row,) = (row for row in table.rows if row.key == (operation, "1 queued"))
    assert row.exact and row.usual


def test_paths_and_functions_add_up(table: Table) -> None:
    for row in table.rows:
        for path in row.paths:
            assert sum(path.functions.values()) == path.instructions
        assert sum(path.share for path in row.paths) <= 1.01


def test_they_can_be_compared() -> None:
    tables = [read_table(file) for file in FILES]
    for other in tables[1:]:
        same_identity(tables[0], other)
