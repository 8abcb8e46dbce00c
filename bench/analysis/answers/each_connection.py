"""What a timer on every connection costs, and what others cost on the same connections. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.analysis.answers.connect_text import (
    SPOILT,
    is_spoilt,
    median_change_text,
    slowest_text,
)
from bench.analysis.answers.connection_grid import grid_of
from bench.analysis.answers.missing import engines_of, without_cost
from bench.analysis.answers.points import Point, engine_name, is_one, most_alive, points
from bench.analysis.answers.question import Asked, Said
from bench.analysis.cell_rows import CellRow
from bench.analysis.figure_text import FLAG, WITHIN_NOISE, brief
from bench.analysis.total_costs import refusal
from bench.control import control_of
from bench.quantities.load import CONNECT_P50, CONNECT_P99
from bench.quantities.total_cost import TOTAL_COST, TOTAL_CPU
from bench.spec import Control, Ends
from bench.units import format_count
from bench.words.axes import LOAD, TIMEOUT
from bench.words.plurals import counted

MOST_POINTS = 8


def has_connections(asked: Asked) -> bool:
    """Whether the sweep has a timer for each of so many connections, and a reference for them."""
    known = {(row.host, row.cell) for row in asked.rows}
    return any(
        is_one(row.cell) and (row.host, control_of(row.cell, Control.LOAD)) in known
        for row in asked.plain
    )


def each_connection(asked: Asked) -> list[Said]:
    """A line for each point, an engine each as its parts."""
    found = points(asked.rows)
    if not found:
        return [Said("No trial made connections, so what a timer on each costs is not known.")]
    more = len(found) - MOST_POINTS
    rest = [Said(f"{counted(more, 'more point')}: see the charts.")] if more > 0 else []
    return [*(_line(point, found) for point in most_alive(found, MOST_POINTS)), *rest]


def _line(point: Point, among: Sequence[Point]) -> Said:
    cell = point.cell
    host = f"{point.rows[0].host}: " if point.rows[0].host else ""
    text = f"{host}{LOAD.of(cell)} connections/s, timeouts of {TIMEOUT.of(cell)}"
    if cell.population:
        text += f" ({format_count(cell.population)} live)"
    if cell.ends is Ends.BOTH:
        text += ", a timer at both ends"
    parts = [_part(row, point) for row in point.rows]
    here = {row.cell.engine for row in point.rows}
    lacking = [engine for engine in engines_of(among) if engine not in here]
    missing = without_cost([point], lacking)
    why = "; ".join(f"{names}: - ({why})" for names, why in missing)
    said = (*parts, *filter(None, [why]), *_without(point.alone))
    return Said(f"{text}:", said, grid=grid_of(point, missing))


def _part(row: CellRow, point: Point) -> str:
    known = [*_cpu(row), *_connect(row, point.alone)]
    name = engine_name(row, point.rows)
    name += "" if row.cell.engine.facts.has_expiry else " (keeps no timeout)"
    flag = f" ({FLAG} invalid trials only)" if row.flagged else ""
    return f"{name}{flag}: {', '.join(known) or 'nothing that compares was measured'}"


def _cpu(row: CellRow) -> Iterator[str]:
    share, each = row.get(TOTAL_CPU), row.get(TOTAL_COST)
    if share is not None:
        yield f"{brief(TOTAL_CPU, share, flagged=row.flagged)} of one CPU"
    elif why := refusal(row.shown):
        yield f"CPU not known: {why}"
    if each is not None:
        noise = f", {WITHIN_NOISE}" if each.spans_zero else ""
        yield f"{brief(TOTAL_COST, each, flagged=row.flagged)} a timer{noise}"
    elif share is not None and share.spans_zero:
        yield WITHIN_NOISE


def _connect(row: CellRow, alone: CellRow | None) -> Iterator[str]:
    """The median as a change within blocks, the slowest 1 % as the two figures."""
    if alone is None:
        return
    if is_spoilt(row, alone):
        yield f"median connect not known: {SPOILT}"
    elif text := median_change_text(row, alone):
        yield f"median connect {text}"
    if text := slowest_text(row, alone):
        yield f"p99 connect {text}"


def _without(alone: CellRow | None) -> Iterator[str]:
    known = [
        f"{words} {brief(quantity, found, flagged=alone.flagged)}"
        for words, quantity in (("median connect", CONNECT_P50), ("p99 connect", CONNECT_P99))
        if alone and (found := alone.get(quantity))
    ]
    if known:
        yield f"no timers: {', '.join(known)}"
