"""Time series of trials, thinned to what a page can carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.analysis.cell_rows import Names
from bench.quantities.callbacks import P99
from bench.record import TrialRecord
from bench.spec import Cell
from bench.store.run import Run
from bench.units import NS_PER_S

FIELDS = ("callbacks_hz", "ksoftirqd_share", "steal", "connections_hz", "batch")
MOST_SERIES = 300
"""Trials that have one in a page; those with the latest p99 of a run that has more."""
POINTS_OF_ALL = 36_000
"""Points of all trials together; some 1 MB of a page."""
MOST_POINTS = 200
FEWEST_POINTS = 12
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Series:
    """One trial: seconds since the window opened, and a value by field at each.

    Attributes:
        name: What a reader chooses: ``trial 7: `` and its cell, or a map of a recording.
        columns: None where the trial has no such value, such as connections without load.
        cell: What was measured; ``of`` is its name in the page.
        opened_s: Age of re-arming timers when the window opened: seconds since the first expiry.
        p99_ns: Its p99 lateness; 0 if it has none.
    """

    name: str
    of: str
    t: tuple[float, ...]
    columns: dict[str, tuple[float | None, ...] | None]
    cell: Cell
    opened_s: float
    p99_ns: float = 0.0


def all_series(runs: Sequence[Run], names: Names) -> tuple[Series, ...]:
    """Series of trials that have samples, in the order of runs and trials.

    ``names`` are those of the cells.
    """
    trials = _latest([(run, record) for run in runs for record in run.records])
    points = max(FEWEST_POINTS, min(MOST_POINTS, POINTS_OF_ALL // max(len(trials), 1)))
    found = []
    for run, record in trials:
        arrays = run.folder.load_samples(record.trial, ("t_ns", *FIELDS))
        if len(arrays.get("t_ns", ())):
            of = names[run.name if len(runs) > 1 else "", record.cell]
            opened_ns = run.header.sweep.warmup + (record.cell.timeout_ns or 0)
            found.append(
                Series(
                    name=of if run.header.recording else f"trial {record.trial}: {of}",
                    of=of,
                    **_columns(arrays, points),
                    cell=record.cell,
                    opened_s=opened_ns / NS_PER_S,
                    p99_ns=P99.value(record) or 0.0,
                )
            )
    return tuple(found)


def _latest(trials: Sequence[tuple[Run, TrialRecord]]) -> list[tuple[Run, TrialRecord]]:
    """As many as a page can carry, in their order."""
    if len(trials) <= MOST_SERIES:
        return list(trials)
    late = sorted(range(len(trials)), key=lambda at: -(P99.value(trials[at][1]) or 0.0))
    return [trials[at] for at in sorted(late[:MOST_SERIES])]


def _columns(arrays: dict[str, npt.NDArray[Any]], points: int) -> dict[str, Any]:
    seconds = arrays["t_ns"] / NS_PER_S
    starts = _starts(len(seconds), points)
    columns = {key: _means(arrays[key], starts) if key in arrays else None for key in FIELDS}
    t = tuple(value or 0.0 for value in _means(seconds, starts) or ())
    return {"t": t, "columns": columns}


@lru_cache
def _starts(samples: int, points: int) -> npt.NDArray[np.intp]:
    """Where each of the points begins, as evenly as ``numpy.array_split`` does it."""
    return np.array([part[0] for part in np.array_split(range(samples), min(points, samples))])


def _means(
    values: npt.NDArray[Any], starts: npt.NDArray[np.intp]
) -> tuple[float | None, ...] | None:
    if np.isnan(values).all():
        return None
    sizes = np.diff(starts, append=len(values))
    return tuple(map(_short, np.add.reduceat(values, starts) / sizes))


def _short(value: float) -> float | None:
    """Four significant digits, as short as JSON allows; None for what is not known."""
    return None if np.isnan(value) else float(f"{value:.{_DIGITS}g}")
