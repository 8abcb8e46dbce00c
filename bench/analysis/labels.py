"""Short names of cells beside each other: only what distinguishes them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.cell_rows import CellRow, differing_axes
from bench.spec import Axis
from bench.words.axes import LOAD, point_text, varies

_SELF_EVIDENT = ("engine", "options")
"""Axes whose value says by itself what it is."""


def labels(rows: Sequence[CellRow], *, same_point: bool = False) -> list[str]:
    """One label per row; they differ wherever the cells do.

    Args:
        rows: What is shown together.
        same_point: All have the same map size and timeout, which are not repeated.
    """
    cells = [row.cell for row in rows]
    programs = len({cell.program for cell in cells}) > 1
    loads = [LOAD] if varies(LOAD, cells) else []
    further = [*loads, *differing_axes(rows)]
    heads = ["program"] * programs + ["point"] * (not same_point)
    return [_label(row, heads, further) for row in rows]


def _label(row: CellRow, heads: Sequence[str], axes: Sequence[Axis]) -> str:
    head = {"program": row.cell.program, "point": point_text(row.cell)}
    words = [row.host] if row.host else []
    words += [" ".join(head[name] for name in heads)] if heads else []
    words += [_word(axis, row) for axis in axes if axis.of(row.cell) != "-"]
    return ", ".join(words) or row.cell.program


def _word(axis: Axis, row: CellRow) -> str:
    text = axis.of(row.cell)
    return text if axis.field in _SELF_EVIDENT else f"{axis.title} {text}"


def spread(rows: Sequence[CellRow], most: int) -> list[CellRow]:
    """At most so many rows, evenly chosen, the first and the last among them."""
    if len(rows) <= most:
        return list(rows)
    step = (len(rows) - 1) / (most - 1)
    return [rows[round(number * step)] for number in range(most)]
