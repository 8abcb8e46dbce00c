"""How late callbacks come, in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.cell_rows import CellRow, rows_with
from bench.analysis.estimate import Estimate
from bench.analysis.figure_text import with_spread
from bench.analysis.knees import is_saturated
from bench.quantities.callbacks import MAXIMUM, MISSED, P50, P99
from bench.quantities.cpu import IDLE_LEFT
from bench.quantities.quantity import Quantity

_NOTHING = "No valid trial has timers that keep up and a lateness, so their lateness is not known."


def lateness(rows: Sequence[CellRow]) -> str:
    """The typical and the worst cell of those that keep up."""
    keeping_up = [row for row in rows if not _overloaded(row)]
    known = rows_with(keeping_up, P50)
    if not known:
        return _NOTHING
    typical, median = known[(len(known) - 1) // 2]
    text = f"The median callback is {with_spread(P50, median)} late in the typical cell"
    worst, quantity, late = _worst(keeping_up)
    text += f" ({typical.text}); the worst cell that keeps up ({worst.text}) has a "
    few = "" if quantity is P99 else ", too few callbacks for a p99"
    return f"{text}{quantity.title} of {with_spread(quantity, late)}{few}."


def _worst(rows: Sequence[CellRow]) -> tuple[CellRow, Quantity, Estimate]:
    """By p99; a cell too small for one is judged by its latest callback, not passed over."""
    found = [(row, *judged) for row in rows if (judged := _judged_by(row))]
    return max(found, key=lambda each: each[2].median)


def _judged_by(row: CellRow) -> tuple[Quantity, Estimate] | None:
    return next(((q, found) for q in (P99, MAXIMUM, P50) if (found := row.get(q))), None)


def _overloaded(row: CellRow) -> bool:
    missed, idle = row.get(MISSED), row.get(IDLE_LEFT)
    shares = (each.median if each else None for each in (missed, idle))
    return bool(is_saturated(*shares))
