"""What a timer on every connection costs, and what others cost on the same connections. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf, isinf

import numpy as np

from bench.analysis.answers.missing import engines_of, without_cost
from bench.analysis.answers.points import Point, engine_name, is_one, most_alive, points
from bench.analysis.answers.question import Asked, Said
from bench.analysis.cell_rows import CellRow
from bench.analysis.estimate import MOST, Estimate, within_blocks
from bench.analysis.figure_text import FLAG, WITHIN_NOISE, brief, ends_text, median_text
from bench.analysis.total_costs import refusal
from bench.control import control_of
from bench.quantities.load import CONNECT_P50, CONNECT_P99
from bench.quantities.quantity import Quantity, Unit
from bench.quantities.total_cost import TOTAL_COST, TOTAL_CPU
from bench.spec import Control, Ends
from bench.stats.bootstrap import interval
from bench.units import format_count
from bench.words.axes import LOAD, TIMEOUT
from bench.words.plurals import counted

MOST_POINTS = 8
_CHANGE = Quantity(
    title="change of the median connect",
    meaning="relative to the same connections without timers, within blocks",
    unit=Unit.SHARE,
    value=lambda record: None,
)


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
    why = "; ".join(f"{names}: - ({why})" for names, why in without_cost([point], lacking))
    return Said(f"{text}:", (*parts, *filter(None, [why]), *_without(point.alone)))


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
    change = connect_change(row, alone, CONNECT_P50)
    if change is not None and isinf(change.median):
        yield "median connect not known: the load was spoilt in most trials"
    elif change is not None:
        yield f"median connect {change_text(change, flagged=row.flagged)}"
    with_timers, without = row.get(CONNECT_P99), alone.get(CONNECT_P99)
    if with_timers and without:
        before = median_text(CONNECT_P99, without, flagged=alone.flagged)
        after = median_text(CONNECT_P99, with_timers, flagged=row.flagged)
        slower = connect_change(row, alone, CONNECT_P99)
        yield f"p99 connect {before} \N{RIGHTWARDS ARROW} {after}{_certainty(slower)}"


def _certainty(change: Estimate | None) -> str:
    """What is known of a change whose two figures are given."""
    if change is None or change.trials < 2:
        return ""
    if change.spans_zero:
        return f" ({WITHIN_NOISE})"
    return f" ({'+' if change.low > 0 else ''}{ends_text(_CHANGE, change)})"


def change_text(change: Estimate, *, flagged: bool = False) -> str:
    """``+40% (20-51%)``, with the sign that tells a change from a share."""
    sign = "+" if change.median > 0 else ""
    return f"{sign}{brief(_CHANGE, change, flagged=flagged)}"


def connect_change(row: CellRow, alone: CellRow, quantity: Quantity) -> Estimate | None:
    """How much longer connections take than without timers, as a share."""
    ratios = within_blocks(row.counted, alone.counted, quantity)
    if not ratios:
        return None
    found = interval(ratios)
    low, high = (found.low, found.high) if found else (min(ratios), max(ratios))
    level = found.level if found else 0.95
    middle, low, high = (inf if r > MOST else r for r in (float(np.median(ratios)), low, high))
    return Estimate(middle - 1, low - 1, high - 1, len(ratios), found is not None, level)


def _without(alone: CellRow | None) -> Iterator[str]:
    known = [
        f"{words} {brief(quantity, found, flagged=alone.flagged)}"
        for words, quantity in (("median connect", CONNECT_P50), ("p99 connect", CONNECT_P99))
        if alone and (found := alone.get(quantity))
    ]
    if known:
        yield f"no timers: {', '.join(known)}"
