"""What a timer on every connection costs at each rate, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.analysis.answers.affordable import has_rates
from bench.analysis.answers.connect_text import median_change_text
from bench.analysis.answers.points import Point, points
from bench.analysis.answers.question import Asked, Said
from bench.analysis.cell_rows import CellRow, rows_with
from bench.analysis.figure_text import WITHIN_NOISE, brief
from bench.quantities.total_cost import TOTAL_CPU
from bench.spec import Engine
from bench.words.axes import LOAD, TIMEOUT


def has_costs(asked: Asked) -> bool:
    """Whether a bpf_timer on every connection was measured at several rates."""
    return has_rates(asked) and bool(_timers(asked))


def timer_costs(asked: Asked) -> list[Said]:
    """A part for each rate, with a figure for each timeout."""
    rates: dict[str, list[tuple[Point, CellRow]]] = {}
    for point, row in sorted(_timers(asked), key=lambda each: each[1].cell.load_hz or 0):
        host = f"{row.host}: " if row.host else ""
        rates.setdefault(f"{host}{LOAD.of(row.cell)} connections/s", []).append((point, row))
    parts = (f"{rate}: {', '.join(_costs(group))}{_slower(group)}" for rate, group in rates.items())
    text = "A bpf_timer on every connection takes, of the time of one CPU, more than no timers:"
    return [Said(text, tuple(parts), _verdict(_timers(asked)))]


def _verdict(found: Sequence[tuple[Point, CellRow]]) -> str:
    """The highest cost of all."""
    known = rows_with([row for _, row in found], TOTAL_CPU)
    row, most = known[-1]
    where = f"{LOAD.of(row.cell)} connections/s with timeouts of {TIMEOUT.of(row.cell)}"
    where += f" on {row.host}" if row.host else ""
    return f"At most {brief(TOTAL_CPU, most)} of one CPU, at {where}."


def _timers(asked: Asked) -> list[tuple[Point, CellRow]]:
    return [
        (point, row)
        for point in points(asked.rows)
        for row in point.rows
        if row.cell.engine is Engine.BPF_TIMER and row.ok and row.get(TOTAL_CPU)
    ]


def _costs(group: Sequence[tuple[Point, CellRow]]) -> Iterator[str]:
    before = "timeouts of "
    for _, row in group:
        share = row.get(TOTAL_CPU)
        assert share is not None, "they have a cost"
        noise = f", {WITHIN_NOISE}," if share.spans_zero else ""
        yield f"{brief(TOTAL_CPU, share)}{noise} at {before}{TIMEOUT.of(row.cell)}"
        before = ""


def _slower(group: Sequence[tuple[Point, CellRow]]) -> str:
    """How the median connect changes, in the order of the timeouts; ``-`` where it is not known."""
    texts = [
        (median_change_text(row, point.alone) if point.alone else "") or "-" for point, row in group
    ]
    return f"; median connect {', '.join(texts)}" if set(texts) != {"-"} else ""
