from __future__ import annotations

from collections.abc import Callable

from bench.analysis.answers.connections import connections
from bench.analysis.cell_rows import cell_rows
from bench.analysis.controls import Effect, How
from bench.analysis.effects import HostEffect
from bench.quantities.load import CONNECT_P50, CONNECT_P99, CONNECTIONS
from bench.quantities.quantity import Quantity
from bench.record import TrialRecord
from bench.spec import Cell, Control
from bench.store.run import Run


def effect_of(quantity: Quantity, cell: Cell, estimate: float) -> HostEffect:
    how = How.RATIO if quantity is CONNECTIONS else How.DIFFERENCE
    return HostEffect("", Effect(cell, Control.LOAD, quantity, how, estimate, None, 1))


def test_cells_too_small_for_a_percentile_are_counted_beside_the_worst(
    read_run: Callable[..., tuple[Run, ...]],
    make_record: Callable[..., TrialRecord],
    make_cell: Callable[..., Cell],
) -> None:
    cells = [make_cell(program="tcp", load_hz=load) for load in (10, 2_000, 5_000)]
    rows = cell_rows(read_run([make_record(1, cell=cells[1])]))
    every = [effect_of(q, cell, 1.0) for q in (CONNECTIONS, CONNECT_P50) for cell in cells]
    large = [effect_of(CONNECT_P99, cell, 1e6) for cell in cells[1:]]
    text = connections(rows, [*every, *large])
    assert "At worst of 3 cells" in text
    slowest = text[text.index("the slowest 1 %") :]
    assert "1 of 3 made too few connections for it" in slowest
    assert text.count("too few") == 1
