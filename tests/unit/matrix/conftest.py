"""Kernels that answered; test data, not what kernels do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.matrix.table import Cell, Claim, Failure, KernelColumn, Matrix, rows_of
from bench.words.claims import Verdict

MakeColumn = Callable[..., KernelColumn]
HOLDS = Cell(Verdict.HOLDS, "accepted")


@pytest.fixture
def make_column() -> MakeColumn:
    def make(release: str, failure: Failure | None = None, **cells: Cell) -> KernelColumn:
        by_id = {name.replace("__", "."): cell for name, cell in cells.items()}
        return KernelColumn(f"debian:{release}", "linux-image", release, None, by_id, failure)

    return make


@pytest.fixture
def make_matrix() -> Callable[..., Matrix]:
    def make(*columns: KernelColumn) -> Matrix:
        names = dict.fromkeys(name for column in columns for name in column.cells)
        claims = [Claim(name, name.partition(".")[0], f"claim {name}", "source") for name in names]
        return Matrix(("bench limits",), columns, rows_of(claims, columns), (), 0)

    return make
