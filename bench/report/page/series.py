"""Time series of trials, thinned to what a page can carry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.report.page.source import Source
from bench.units import NS_PER_S

FIELDS = ("callbacks_hz", "ksoftirqd_share", "steal", "connections_hz")
POINTS_OF_ALL = 36_000
"""Points of all trials together; some 1 MB of a page."""
MOST_POINTS = 200
FEWEST_POINTS = 12
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Series:
    """One trial: seconds since the window opened, and a value by field at each.

    Attributes:
        columns: None where the trial has no such value, such as connections without load.
    """

    name: str
    t: tuple[float, ...]
    columns: dict[str, tuple[float | None, ...] | None]


def all_series(sources: Sequence[Source]) -> tuple[Series, ...]:
    """Series of every trial that has samples, in the order of runs and trials."""
    trials = [(source, record) for source in sources for record in source.records]
    points = max(FEWEST_POINTS, min(MOST_POINTS, POINTS_OF_ALL // max(len(trials), 1)))
    found = []
    for source, record in trials:
        arrays = source.folder.load_samples(record.trial)
        if len(arrays.get("t_ns", ())):
            name = series_name(source, record.trial, several=len(sources) > 1)
            found.append(_series(name, arrays, points))
    return tuple(found)


def series_name(source: Source, trial: int, *, several: bool) -> str:
    """What a reader chooses: ``trial 7``, with its run if the page has several."""
    return f"{source.name}, trial {trial}" if several else f"trial {trial}"


def _series(name: str, arrays: dict[str, npt.NDArray[Any]], points: int) -> Series:
    parts = np.array_split(np.arange(len(arrays["t_ns"])), min(points, len(arrays["t_ns"])))
    columns = {key: _means(arrays[key], parts) if key in arrays else None for key in FIELDS}
    t = tuple(_short(arrays["t_ns"][part].mean() / NS_PER_S) or 0.0 for part in parts)
    return Series(name, t, columns)


def _means(
    values: npt.NDArray[Any], parts: Iterable[npt.NDArray[Any]]
) -> tuple[float | None, ...] | None:
    if np.isnan(values).all():
        return None
    return tuple(_short(float(np.mean(values[part]))) for part in parts)


def _short(value: float) -> float | None:
    """Four significant digits, as short as JSON allows; None for what is not known."""
    return None if np.isnan(value) else float(f"{value:.{_DIGITS}g}")
