"""Whether two cells of the same blocks are told apart by a quantity. Pure."""

from __future__ import annotations

from bench.analysis.cell_rows import CellRow
from bench.quantities.quantity import Quantity
from bench.stats.bootstrap import interval


def is_higher(row: CellRow, other: CellRow, quantity: Quantity) -> bool:
    """Whether the interval of the differences within blocks lies above zero.

    An interval of their ratio would say nothing of costs near zero.
    """
    known = {r.block: value for r in other.shown if (value := quantity.value(r)) is not None}
    differences = [
        value - known[record.block]
        for record in row.shown
        if record.block in known and (value := quantity.value(record)) is not None
    ]
    found = interval(differences)
    return found is not None and found.low > 0
