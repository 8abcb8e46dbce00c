"""Single trials behind the medians of a chart: the page draws them where a reader asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.analysis.cell_rows import CellRow
from bench.page.charts.chart import TRIALS, Datum, structure
from bench.quantities.quantity import Quantity

MOST_TRIALS = 40
"""Trials of a cell that a page can show one by one."""


def each(row: CellRow, *, log: bool = True, **quantities: Quantity) -> Datum:
    """A list for each field, of the trials behind a point; nothing if there is only one.

    Args:
        row: The cell.
        log: Whether the axes are logarithmic: they have no place for 0.
        quantities: By field.
    """
    if len(row.shown) > MOST_TRIALS:
        return {}
    read = [[of.value(record) for of in quantities.values()] for record in row.shown]
    known = [values for values in read if all(_has_place(value, log=log) for value in values)]
    if len(known) < 2:
        return {}
    columns = zip(*known, strict=True)
    return {name: _short(column) for name, column in zip(quantities, columns, strict=True)}


def _has_place(value: float | None, *, log: bool) -> bool:
    return value is not None and (value > 0 or not log)


def _short(values: Sequence[float | None]) -> list[float]:
    return [float(f"{value:.4g}") for value in values if value is not None]


def values(points: Sequence[Datum], field: str) -> list[float]:
    """Those of all points: an axis that has single trials needs room for them."""
    return [value for point in points for value in point.get(field, ())]


def on_demand(marks: Any, points: Sequence[Datum], *fields: str) -> dict[str, Any]:
    """What a definition has besides for single trials; nothing where no point has any.

    Args:
        marks: Chart of one mark for each trial. Its axes become those of all layers.
        points: Its data.
        fields: Those that are lists.
    """
    if not any(fields[0] in point for point in points):
        return {}
    known = marks.transform_filter(f"isValid(datum.{fields[0]})").transform_flatten(list(fields))
    made = structure(known)
    layer = {name: made[name] for name in ("data", "transform", "mark", "encoding")}
    return {"usermeta": {TRIALS: layer}}
