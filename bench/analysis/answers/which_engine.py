"""Which engine is earliest and which is cheapest on the same connections, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bench.analysis.answers.each_connection import Point, engine_name, points
from bench.analysis.answers.question import Asked, Said
from bench.analysis.cell_rows import CellRow, rows_with
from bench.analysis.figure_text import median_text
from bench.quantities.callbacks import P50, P99
from bench.quantities.quantity import Quantity
from bench.quantities.total_cost import TOTAL_CPU
from bench.spec import Engine
from bench.stats.bootstrap import interval
from bench.sweep.checks import LONGEST_GO_NS, scan_in_one_go
from bench.units import format_count, format_duration
from bench.words.axes import LOAD, TIMEOUT
from bench.words.plurals import plural


@dataclass(frozen=True, slots=True)
class Ranked:
    """Engines by a quantity.

    Attributes:
        best: The lowest, and those that are not told apart from it.
        next: The lowest of the others; None without any.
    """

    quantity: Quantity
    best: tuple[CellRow, ...]
    next: CellRow | None


def has_choice(asked: Asked) -> bool:
    """Whether several engines that keep a timeout have a cost on the same connections."""
    return any(len(_able(point)) > 1 for point in points(asked.rows))


def which_engine(asked: Asked) -> list[Said]:
    """A part for each rate with a timeout, those with most alive first."""
    found = points(asked.rows)
    parts = [_part(point) for point in found if len(_able(point)) > 1]
    text = "Of those that keep a timeout, on the same connections:"
    return [Said(text, (*parts, *_refused(found)))]


def _able(point: Point) -> list[CellRow]:
    """Rows with a valid trial, a lateness and a cost."""
    return [row for row in point.rows if row.ok and row.get(P50) and row.get(TOTAL_CPU)]


def _part(point: Point) -> str:
    rows = _able(point)
    by = P99 if all(row.get(P99) for row in rows) else P50
    words = [f"{point.rows[0].host}: "] if point.rows[0].host else []
    live = f" ({format_count(point.cell.population)} live)" if point.cell.population else ""
    words += [f"{LOAD.of(point.cell)}/s, timeouts of {TIMEOUT.of(point.cell)}{live}: "]
    earliest, cheapest = _ranked(rows, by), _ranked(rows, TOTAL_CPU)
    if earliest.best == cheapest.best and len(earliest.best) == 1:
        name = engine_name(earliest.best[0], rows)
        words += [f"{name} is earliest ({_figures(earliest, rows)}) and cheapest "]
        words += [f"({_figures(cheapest, rows)})"]
    else:
        words += [f"{_names(earliest, rows)} earliest ({_figures(earliest, rows)}), "]
        words += [f"{_names(cheapest, rows)} cheapest ({_figures(cheapest, rows)})"]
    return "".join(words)


def _ranked(rows: Sequence[CellRow], quantity: Quantity) -> Ranked:
    ordered = [row for row, _ in rows_with(rows, quantity)]
    best = [ordered[0], *(row for row in ordered[1:] if not _differ(row, ordered[0], quantity))]
    others = [row for row in ordered if row not in best]
    return Ranked(quantity, tuple(best), others[0] if others else None)


def _differ(row: CellRow, best: CellRow, quantity: Quantity) -> bool:
    """By the differences within blocks: an interval of the ratio says nothing of costs near 0."""
    known = {r.block: value for r in best.shown if (value := quantity.value(r)) is not None}
    differences = [
        value - known[record.block]
        for record in row.shown
        if record.block in known and (value := quantity.value(record)) is not None
    ]
    found = interval(differences)
    return found is not None and found.low > 0


def _names(found: Ranked, rows: Sequence[CellRow]) -> str:
    names = [engine_name(row, rows) for row in found.best]
    if len(names) == 1:
        return f"{names[0]} is"
    return f"{', '.join(names[:-1])} and {names[-1]}, not told apart, are"


def _figures(found: Ranked, rows: Sequence[CellRow]) -> str:
    """Those of the best, and of the next, or of the bpf_timer if it is none of the best."""
    best = ", ".join(_text(row, found.quantity) for row in found.best)
    what = f"p99 lateness {best}" if found.quantity is P99 else ""
    what = what or (f"{best} of one CPU" if found.quantity is TOTAL_CPU else f"p50 lateness {best}")
    timers = (row for row in rows if row.cell.engine is Engine.BPF_TIMER and row not in found.best)
    other = next(timers, found.next)
    if other is None:
        return what
    return f"{what}; {engine_name(other, rows)} {_text(other, found.quantity)}"


def _text(row: CellRow, quantity: Quantity) -> str:
    return median_text(quantity, row.get(quantity), flagged=row.flagged)


def _refused(found: Sequence[Point]) -> Iterator[str]:
    """Why an engine of the sweep was not measured everywhere, where a scan would take too long."""
    for engine in dict.fromkeys(row.cell.engine for point in found for row in point.rows):
        missing = [p.cell for p in found if engine not in {row.cell.engine for row in p.rows}]
        goes = [(scan_in_one_go(replace(cell, engine=engine)), cell) for cell in missing]
        long = [(go, cell) for go, cell in goes if go[1] > LONGEST_GO_NS]
        if long:
            timeouts = dict.fromkeys(TIMEOUT.of(cell) for _, cell in reversed(long))
            entries, held_ns = min(go for go, _ in long)
            more = "or more " if len(long) > 1 else ""
            yield (
                f"no {engine} at a timeout of {' and '.join(timeouts)}: it would look at "
                f"{format_count(entries)} {plural(entries, 'entry', 'entries')} {more}in one go "
                f"and keep a CPU for {format_duration(held_ns)}, over the bound of "
                f"{format_duration(LONGEST_GO_NS)}"
            )
