"""Percentile curves of lateness from the histograms of a cell's trials. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.analysis.cell_rows import CellRow
from bench.analysis.labels import labels, spread
from bench.analysis.pooled import Sample
from bench.quantities.callbacks import P99
from bench.spec import Engine

MOST_CURVES = 48
"""Cells whose curves the page carries."""
CHOSEN = 5
"""Curves drawn before the reader chooses others."""
STEPS_PER_DECADE = 8
SAMPLES_BEYOND = 10
"""Callbacks that must lie beyond a percentile for it to be drawn."""


@dataclass(frozen=True, slots=True)
class Point:
    """A percentile of one cell.

    Attributes:
        beyond: Share of callbacks later than this: 0.01 for p99.
        ns: Of all trials' callbacks together; the lowest and the highest trial's own.
    """

    beyond: float
    ns: int
    low_ns: int
    high_ns: int


@dataclass(frozen=True, slots=True)
class Curve:
    """Percentiles of one cell from the median to what its sample can carry.

    Attributes:
        label: What distinguishes the cell from those of the other curves; ``cell`` is its name.
        chosen: Whether it is drawn before the reader chooses.
    """

    label: str
    cell: str
    engine: Engine
    chosen: bool
    points: tuple[Point, ...]


def picked(rows: Sequence[CellRow]) -> list[CellRow]:
    """Up to 48 cells that have a histogram and a p99, evenly chosen by it if there are more."""
    known = [row for row in rows if row.get(P99) and _has_histogram(row)]
    return spread(sorted(known, key=_p99), MOST_CURVES)


def _p99(row: CellRow) -> float:
    estimate = row.get(P99)
    return estimate.median if estimate else math.inf


def _has_histogram(row: CellRow) -> bool:
    return any(record.lateness and record.lateness.hdr for record in row.shown)


def curves(rows: Sequence[CellRow], samples: Sequence[Sample]) -> tuple[Curve, ...]:
    """Curves of the cells that were picked, from the callbacks of each."""
    chosen = {id(row) for row in spread(rows, CHOSEN)}
    return tuple(
        Curve(name, row.text, row.cell.engine, id(row) in chosen, points_of(sample))
        for name, row, sample in zip(labels(rows), rows, samples, strict=True)
    )


def points_of(sample: Sample) -> tuple[Point, ...]:
    """Percentiles of the callbacks of one cell, evenly spaced on the log scale of the tail."""
    merged = sample.pooled
    steps = int(math.log10(max(merged.count / SAMPLES_BEYOND, 1)) * STEPS_PER_DECADE)
    found = []
    for step in range(steps + 1):
        q = 1 - 10 ** (-step / STEPS_PER_DECADE)
        # A trial of fewer callbacks than all together may not carry the last percentiles.
        own = [ns for trial in sample.trials if (ns := trial.supported_quantile(q)) is not None]
        ns = merged.quantile(q)
        if ns is not None:
            found.append(Point(1 - q, ns, min(own, default=ns), max(own, default=ns)))
    return tuple(found)
