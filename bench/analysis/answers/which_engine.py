"""Which engine is least late and which is cheapest on the same connections, in words. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.analysis.answers.affordable import has_rates
from bench.analysis.answers.missing import missing_lines
from bench.analysis.answers.points import Point, engine_name, points
from bench.analysis.answers.question import Asked, Said
from bench.analysis.cell_rows import CellRow, rows_with
from bench.analysis.figure_text import WITHIN_NOISE, brief
from bench.analysis.told_apart import is_higher
from bench.quantities.callbacks import P50, P99
from bench.quantities.quantity import Quantity
from bench.quantities.total_cost import TOTAL_CPU
from bench.spec import ENGINES, Engine
from bench.units import format_count
from bench.words.axes import LOAD, TIMEOUT


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
    """A part for each timeout and rate, and why engines are missing where nothing else says it."""
    found = points(asked.rows)
    compared = [point for point in found if len(_able(point)) > 1]
    parts = map(_part, compared)
    text = "At so many rates and timeouts; of those that keep a timeout, on the same connections:"
    lacking = () if has_rates(asked) else missing_lines(found)
    return [Said(text, (*parts, *lacking), _verdict(compared))]


def _verdict(found: Sequence[Point]) -> str:
    """At how many points of those where it was measured an engine is best."""
    late = _times(found, _by)
    cheap = _times(found, lambda rows: TOTAL_CPU)
    return f"Least late: {late}. Cheapest, or not told apart from it: {cheap}."


def _times(found: Sequence[Point], by: Callable[[Sequence[CellRow]], Quantity]) -> str:
    """Most times first; of as many the engines in the order of the registry."""
    best, all_of = Counter[Engine](), Counter[Engine]()
    for point in found:
        rows = _able(point)
        all_of.update({row.cell.engine for row in rows})
        best.update({row.cell.engine for row in _ranked(rows, by(rows)).best})
    ordered = sorted(best, key=lambda name: (-best[name], tuple(ENGINES).index(name)))
    return ", ".join(f"{name} at {best[name]} of {all_of[name]}" for name in ordered)


def _able(point: Point) -> list[CellRow]:
    """Rows with a valid trial, a lateness and a cost."""
    return [row for row in point.rows if row.ok and row.get(P50) and row.get(TOTAL_CPU)]


def _by(rows: Sequence[CellRow]) -> Quantity:
    return P99 if all(row.get(P99) for row in rows) else P50


def _part(point: Point) -> str:
    rows = _able(point)
    words = [f"{point.rows[0].host}: "] if point.rows[0].host else []
    live = f" ({format_count(point.cell.population)} live)" if point.cell.population else ""
    words += [f"{LOAD.of(point.cell)}/s, timeouts of {TIMEOUT.of(point.cell)}{live}: "]
    earliest, cheapest = _ranked(rows, _by(rows)), _ranked(rows, TOTAL_CPU)
    if earliest.best == cheapest.best and len(earliest.best) == 1:
        name = engine_name(earliest.best[0], rows)
        words += [f"{name} is least late and cheapest: "]
        words += [f"{_figures(earliest, rows)}; {_figures(cheapest, rows)}"]
    else:
        words += [f"{_names(earliest, rows)} least late: {_figures(earliest, rows)}; "]
        words += [f"{_names(cheapest, rows)} cheapest: {_figures(cheapest, rows)}"]
    return "".join(words)


def _ranked(rows: Sequence[CellRow], quantity: Quantity) -> Ranked:
    ordered = [row for row, _ in rows_with(rows, quantity)]
    best = [ordered[0], *(row for row in ordered[1:] if not is_higher(row, ordered[0], quantity))]
    others = [row for row in ordered if row not in best]
    return Ranked(quantity, tuple(best), others[0] if others else None)


def _names(found: Ranked, rows: Sequence[CellRow]) -> str:
    names = [engine_name(row, rows) for row in found.best]
    if len(names) == 1:
        return f"{names[0]} is"
    return f"{', '.join(names[:-1])} and {names[-1]}, not told apart, are"


def _figures(found: Ranked, rows: Sequence[CellRow]) -> str:
    """Those of the best, and of the next, or of the bpf_timer if it is none of the best."""
    what = _best_text(found)
    timers = (row for row in rows if row.cell.engine is Engine.BPF_TIMER and row not in found.best)
    other = next(timers, found.next)
    if other is None:
        return what
    return f"{what}, {engine_name(other, rows)} {_text(other, found.quantity)}"


def _best_text(found: Ranked) -> str:
    known = [(_text(row, found.quantity), row.get(found.quantity)) for row in found.best]
    if found.quantity is not TOTAL_CPU:
        return " ".join([found.quantity.title, ", ".join(text for text, _ in known)])
    noisy = [bool(figure and figure.spans_zero) for _, figure in known]
    if all(noisy):
        return f"{', '.join(text for text, _ in known)} of one CPU ({WITHIN_NOISE})"
    marks = (f" ({WITHIN_NOISE})" if noise else "" for noise in noisy)
    return f"{', '.join(t + mark for (t, _), mark in zip(known, marks, strict=True))} of one CPU"


def _text(row: CellRow, quantity: Quantity) -> str:
    figure = row.get(quantity)
    return brief(quantity, figure, flagged=row.flagged) if figure else "-"
