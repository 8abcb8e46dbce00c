"""The answer about a timer on every connection as a table: rate, timeout, engine. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.answers.connect_text import (
    SPOILT,
    is_spoilt,
    median_change_text,
    slowest_text,
)
from bench.analysis.answers.points import Point, engine_name
from bench.analysis.answers.question import Grid
from bench.analysis.cell_rows import CellRow
from bench.analysis.figure_text import FLAG, WITHIN_NOISE, brief
from bench.analysis.total_costs import refusal
from bench.quantities.callbacks import P99
from bench.quantities.load import CONNECT_P50, CONNECT_P99
from bench.quantities.quantity import Quantity
from bench.quantities.total_cost import TOTAL_COST, TOTAL_CPU
from bench.spec import Ends
from bench.units import format_count
from bench.words.axes import LOAD, TIMEOUT

CAPTION = (
    "What each engine takes more than no timers, at each rate and timeout, and how late it is:"
)
NONE = "-"
_PLACE = ("connections/s", "timeout", "live")
_FIGURES = ("of one CPU", "a timer", "p99 lateness", "median connect", "p99 connect")


def grid_of(point: Point, missing: Sequence[tuple[str, str]]) -> Grid:
    """Rows of one point: no timers, each engine, and those without a figure with the reason.

    Args:
        missing: Names of engines, and why they have none.
    """
    hosts = ("host",) if point.rows[0].host else ()
    rows = [
        *_without(point.alone),
        *((_name(row, point), *_figures(row, point.alone)) for row in point.rows),
        *((names, f"{NONE} ({why})", *(NONE,) * (len(_FIGURES) - 1)) for names, why in missing),
    ]
    place = _place(point)
    return Grid(
        caption=CAPTION,
        titles=(*hosts, *_PLACE, "engine", *_FIGURES),
        rows=tuple((*place, *row) for row in rows),
    )


def _place(point: Point) -> tuple[str, ...]:
    cell = point.cell
    hosts = (point.rows[0].host,) if point.rows[0].host else ()
    both = " (a timer at both ends)" if cell.ends is Ends.BOTH else ""
    live = format_count(cell.population) if cell.population else NONE
    return (*hosts, f"{LOAD.of(cell)}{both}", TIMEOUT.of(cell), live)


def _name(row: CellRow, point: Point) -> str:
    keeps = "" if row.cell.engine.facts.has_expiry else " (keeps no timeout)"
    flag = f" ({FLAG} invalid trials only)" if row.flagged else ""
    return f"{engine_name(row, point.rows)}{keeps}{flag}"


def _figures(row: CellRow, alone: CellRow | None) -> tuple[str, ...]:
    connect = (_median(row, alone), slowest_text(row, alone)) if alone else ("", "")
    figures = (_share(row), _figure(row, TOTAL_COST), _figure(row, P99), *connect)
    return tuple(text or NONE for text in figures)


def _median(row: CellRow, alone: CellRow) -> str:
    return f"{NONE} ({SPOILT})" if is_spoilt(row, alone) else median_change_text(row, alone)


def _share(row: CellRow) -> str:
    share = row.get(TOTAL_CPU)
    if share is None:
        why = refusal(row.shown)
        return f"{NONE} ({why})" if why else NONE
    noise = f", {WITHIN_NOISE}" if share.spans_zero else ""
    return f"{_figure(row, TOTAL_CPU)}{noise}"


def _figure(row: CellRow, quantity: Quantity) -> str:
    found = row.get(quantity)
    return brief(quantity, found, flagged=row.flagged) if found else NONE


def _without(alone: CellRow | None) -> list[tuple[str, ...]]:
    """The reference, whose delays are no differences."""
    if alone is None:
        return []
    return [("no timers", *(NONE,) * 3, _figure(alone, CONNECT_P50), _figure(alone, CONNECT_P99))]
