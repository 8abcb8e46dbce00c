"""What a timer on every connection costs, and what others cost on the same connections. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf, isinf

import numpy as np

from bench.analysis.alternatives import same_work
from bench.analysis.answers.question import Asked, Said
from bench.analysis.cell_rows import CellRow
from bench.analysis.estimate import MOST, Estimate, within_blocks
from bench.analysis.figure_text import FLAG, brief, median_text
from bench.analysis.labels import labels
from bench.control import control_of
from bench.quantities.load import CONNECT_P50, CONNECT_P99
from bench.quantities.quantity import Quantity, Unit
from bench.quantities.total_cost import TOTAL_COST, TOTAL_CPU
from bench.record import TrialRecord
from bench.spec import ENGINES, Cell, Control, Ends
from bench.stats.bootstrap import interval
from bench.units import format_count
from bench.words.axes import LOAD, TIMEOUT
from bench.words.plurals import counted

PROGRAM = "tcp"
"""The program that has a timer for each connection."""
MOST_POINTS = 8
_CHANGE = Quantity(
    title="change of the median connect",
    meaning="relative to the same connections without timers, within blocks",
    unit=Unit.SHARE,
    value=lambda record: None,
)


@dataclass(frozen=True, slots=True)
class Point:
    """A rate of connections with a timeout, and what each engine did with it.

    Attributes:
        rows: An engine each, or several where its options differ.
        alone: The same connections without timers; None where that was not measured.
    """

    rows: tuple[CellRow, ...]
    alone: CellRow | None

    @property
    def cell(self) -> Cell:
        """The first of its cells; all have the same load and timeout."""
        return self.rows[0].cell


def has_connections(asked: Asked) -> bool:
    """Whether the sweep has a timer for each of so many connections, and a reference for them."""
    known = {(row.host, row.cell) for row in asked.rows}
    return any(
        is_one(row.cell) and (row.host, control_of(row.cell, Control.LOAD)) in known
        for row in asked.plain
    )


def is_one(cell: Cell) -> bool:
    """Whether timers of a cell are those of so many connections."""
    return cell.program == PROGRAM and bool(cell.load_hz)


def points(rows: Sequence[CellRow]) -> tuple[Point, ...]:
    """Points, those with most alive first; the map's size belongs to the engine."""
    groups: dict[tuple[str, Cell], list[CellRow]] = {}
    by_cell = {(row.host, row.cell): row for row in rows}
    for row in rows:
        if row.cell.control is None and is_one(row.cell) and row.shown:
            key = row.host, replace(same_work(row.cell), map_size=1)
            groups.setdefault(key, []).append(row)
    found = [
        Point(tuple(sorted(group, key=_order)), _alone(group, by_cell)) for group in groups.values()
    ]
    return tuple(sorted(found, key=_alive, reverse=True))


def _alive(point: Point) -> tuple[float, float]:
    rate = point.cell.load_hz or 0.0
    return rate * point.cell.stated_timeout_ns, rate


def _order(row: CellRow) -> tuple[int, str]:
    return tuple(ENGINES).index(row.cell.engine), row.text


def _alone(group: Sequence[CellRow], rows: dict[tuple[str, Cell], CellRow]) -> CellRow | None:
    wanted = ((row.host, control_of(row.cell, Control.LOAD)) for row in group)
    return next((rows[key] for key in wanted if key in rows), None)


def each_connection(asked: Asked) -> list[Said]:
    """A line for each point, an engine each as its parts."""
    found = points(asked.rows)
    if not found:
        return [Said("No trial made connections, so what a timer on each costs is not known.")]
    more = len(found) - MOST_POINTS
    rest = [Said(f"{counted(more, 'more point')}: see the charts.")] if more > 0 else []
    return [*map(_line, found[:MOST_POINTS]), *rest]


def _line(point: Point) -> Said:
    cell = point.cell
    host = f"{point.rows[0].host}: " if point.rows[0].host else ""
    text = f"{host}{LOAD.of(cell)} connections/s, timeouts of {TIMEOUT.of(cell)}"
    if cell.population:
        text += f" ({format_count(cell.population)} live)"
    if cell.ends is Ends.BOTH:
        text += ", a timer at both ends"
    parts = [_part(row, point) for row in point.rows]
    return Said(f"{text}:", (*parts, *_without(point.alone)))


def _part(row: CellRow, point: Point) -> str:
    known = [*_cpu(row), *_connect(row, point.alone)]
    name = engine_name(row, point.rows)
    name += "" if row.cell.engine.facts.has_expiry else " (keeps no timeout)"
    flag = f" ({FLAG} invalid trials only)" if row.flagged else ""
    return f"{name}{flag}: {', '.join(known) or 'nothing that compares was measured'}"


def engine_name(row: CellRow, rows: Sequence[CellRow]) -> str:
    """Its name, with what its cell differs in from others of the same engine."""
    same = [each for each in rows if each.cell.engine == row.cell.engine]
    names = labels(same, same_point=True)
    return (
        str(row.cell.engine) if len(same) == 1 else f"{row.cell.engine}, {names[same.index(row)]}"
    )


def _cpu(row: CellRow) -> Iterator[str]:
    share, each = row.get(TOTAL_CPU), row.get(TOTAL_COST)
    if share is not None:
        yield f"{brief(TOTAL_CPU, share, flagged=row.flagged)} of one CPU"
    elif why := _refused(row.shown):
        yield f"CPU not known: {why}"
    if each is not None:
        yield f"{brief(TOTAL_COST, each, flagged=row.flagged)} a timer"


def _refused(records: Sequence[TrialRecord]) -> str | None:
    totals = [record.cost.total for record in records if record.cost and record.cost.total]
    reasons = Counter(total.refused for total in totals if total.refused)
    return reasons.most_common(1)[0][0] if reasons else None


def _connect(row: CellRow, alone: CellRow | None) -> Iterator[str]:
    """The median as a change within blocks, the slowest 1 % as the two figures."""
    if alone is None:
        return
    change = _change(within_blocks(row.counted, alone.counted, CONNECT_P50))
    if change is not None and isinf(change.median):
        yield "median connect not known: the load was spoilt in most trials"
    elif change is not None:
        sign = "+" if change.median > 0 else ""
        yield f"median connect {sign}{brief(_CHANGE, change, flagged=row.flagged)}"
    with_timers, without = row.get(CONNECT_P99), alone.get(CONNECT_P99)
    if with_timers and without:
        before = median_text(CONNECT_P99, without, flagged=alone.flagged)
        after = median_text(CONNECT_P99, with_timers, flagged=row.flagged)
        yield f"p99 connect {before} \N{RIGHTWARDS ARROW} {after}"


def _change(ratios: Sequence[float]) -> Estimate | None:
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
