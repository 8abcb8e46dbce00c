"""The same sweep on the same host over time, with the steps that are no chance. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.compare.verdict import Comparison, Verdict
from bench.publish.catalogue import Entry
from bench.publish.comparison import Pair
from bench.quantities.quantity import Quantity
from bench.spec import Cell
from bench.units import format_percent
from bench.words.cells import cell_text

WIDTH, HEIGHT, MARGIN = 220, 36, 5
"""Of a line's picture, CSS pixels."""


@dataclass(frozen=True, slots=True)
class Point:
    """One run's value of a line.

    Attributes:
        value: Median over its ok trials; None if it has none.
        step: ``better`` or ``worse`` if ``bench compare`` says so against the run before.
        change: Text of that change.
        x: Place in the picture; ``y`` likewise, None without a value.
    """

    text: str
    value: float | None
    step: str
    change: str
    x: float
    y: float | None


@dataclass(frozen=True, slots=True)
class Line:
    """One metric of one cell over the runs."""

    cell: str
    metric: str
    points: tuple[Point, ...]

    @property
    def path(self) -> str:
        """Coordinates for an SVG polyline."""
        return " ".join(f"{p.x:.1f},{p.y:.1f}" for p in self.points if p.y is not None)

    @property
    def spread(self) -> str:
        """From the lowest to the highest run, over their median; ``-`` where that is nothing."""
        known = [point.value for point in self.points if point.value is not None]
        middle = median(known) if known else 0
        return format_percent((max(known) - min(known)) / middle) if middle > 0 else "-"

    @property
    def steps(self) -> int:
        """How many of the points are steps."""
        return sum(bool(point.step) for point in self.points)


@dataclass(frozen=True, slots=True)
class Trend:
    """Two or more runs of one series, oldest first; lines of one cell are neighbours."""

    name: str
    runs: tuple[Entry, ...]
    lines: tuple[Line, ...]

    @property
    def turns(self) -> list[tuple[Entry, int, int]]:
        """Runs with steps, each with how many are better and worse."""
        found = []
        for number, run in enumerate(self.runs):
            steps = [line.points[number].step for line in self.lines]
            if any(steps):
                found.append((run, steps.count(Verdict.BETTER), steps.count(Verdict.WORSE)))
        return found

    @property
    def steps(self) -> int:
        """Steps over all lines."""
        return sum(line.steps for line in self.lines)


def trends(entries: Iterable[Entry], compared: Iterable[Pair]) -> list[Trend]:
    """One trend per series of at least two runs.

    Args:
        entries: All runs, newest first.
        compared: Every two of them.
    """
    by_ids = {(pair.base.id, pair.new.id): pair for pair in compared}
    series: dict[str, list[Entry]] = {}
    for entry in entries:
        series.setdefault(entry.series, []).insert(0, entry)
    return [
        Trend(name, tuple(runs), tuple(_lines(runs, by_ids)))
        for name, runs in series.items()
        if len(runs) > 1
    ]


def _lines(runs: Sequence[Entry], by_ids: dict[tuple[str, str], Pair]) -> list[Line]:
    found: dict[tuple[Cell, str], dict[int, Comparison]] = {}
    for number in range(1, len(runs)):
        pair = by_ids[runs[number - 1].id, runs[number].id]
        for item in pair.result.comparisons if pair.result else ():
            found.setdefault((item.cell, item.metric.title), {})[number] = item
    return [_line(cell, by_run, len(runs)) for (cell, _), by_run in found.items()]


def _line(cell: Cell, by_run: dict[int, Comparison], runs: int) -> Line:
    metric = next(iter(by_run.values())).metric
    values: list[float | None] = [None] * runs
    for number, item in by_run.items():
        values[number - 1] = item.base if values[number - 1] is None else values[number - 1]
        values[number] = item.new
    known = [value for value in values if value is not None]
    points = [
        _point(metric, value, by_run.get(number), _x(number, runs), known)
        for number, value in enumerate(values)
    ]
    return Line(cell_text(cell), metric.title, tuple(points))


def _point(
    metric: Quantity, value: float | None, item: Comparison | None, x: float, known: Sequence[float]
) -> Point:
    stepped = item is not None and item.verdict in (Verdict.BETTER, Verdict.WORSE)
    change = metric.change_text(item.change) if item and item.change is not None else ""
    return Point(
        text=metric.text(value),
        value=value,
        step=str(item.verdict) if item and stepped else "",
        change=change if stepped else "",
        x=x,
        y=None if value is None else _y(value, known),
    )


def _x(number: int, runs: int) -> float:
    return MARGIN + (WIDTH - 2 * MARGIN) * number / (runs - 1)


def _y(value: float, known: Sequence[float]) -> float:
    """From zero at the bottom, so that small changes look small."""
    top = max(*known, 0.0) or 1.0
    return HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * max(value, 0.0) / top
