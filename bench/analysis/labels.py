"""Short names of cells beside each other: only what distinguishes them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from bench.analysis.cell_rows import CellRow, differing_axes
from bench.quantities.callbacks import IN_KSOFTIRQD
from bench.spec import Axis
from bench.words.axes import LOAD, point_text, varies

HALF = 0.5
"""Share of callbacks in ksoftirqd from which it has taken over."""
_SELF_EVIDENT = ("engine", "options")
"""Axes whose value says by itself what it is."""


def labels(rows: Sequence[CellRow], *, same_point: bool = False) -> list[str]:
    """One label per row; they differ wherever the cells do.

    Args:
        rows: What is shown together.
        same_point: All have the same map size and timeout, which are not repeated.
    """
    if rows and all(row.called for row in rows):
        return [row.called for row in rows]
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
    """At most so many rows in their order: those that mark a change, and others evenly chosen.

    Between two cells of a slice in one of which ksoftirqd runs most callbacks lies what a reader
    looks for; leaving either out would hide it.
    """
    if len(rows) <= most:
        return list(rows)
    kept = _anchors(rows)[: most // 2]
    others = [number for number in range(len(rows)) if number not in kept]
    room = most - len(kept)
    step = (len(others) - 1) / max(room - 1, 1)
    chosen = {others[round(number * step)] for number in range(room)}
    return [rows[number] for number in sorted(chosen.union(kept))]


def _anchors(rows: Sequence[CellRow]) -> list[int]:
    """Places of cells on both sides of a take-over by ksoftirqd, within a slice."""
    taken = [(e.median >= HALF) if (e := row.get(IN_KSOFTIRQD)) else None for row in rows]
    found: dict[int, None] = {}
    for number, (here, there) in enumerate(pairwise(taken)):
        same = rows[number].slice_text == rows[number + 1].slice_text
        if same and None not in (here, there) and here != there:
            found.update({number: None, number + 1: None})
    return list(found)
