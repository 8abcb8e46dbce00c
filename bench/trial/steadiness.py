"""Was the window steady? Judged from its time series, reported as notes. Pure.

A note makes no trial invalid: saturated hosts are rightly unsteady. It warns the reader that
the trial's figures are an average over two states.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bench.record import LoadResult
from bench.stats.change import Change, change_point
from bench.trial.measurement import Sample
from bench.units import NS_PER_S, format_count, format_duration, format_percent

SIGNIFICANT = 0.01
RELATIVE = 0.10
"""Change of a rate, and 1 percentage point of a share, below which nothing is reported."""
POINTS = 0.01
LATENESS = 0.50
"""The same for mean lateness, which varies more."""
MOST_LOAD = 1.05
"""Achieved over offered connections above which those of an earlier time were made up for."""
WARMUP_PART = 1 / 3
"""A change in the first third of the window means that it opened too early."""

_Text = Callable[[float | None], str]


def notes_of(samples: Sequence[Sample]) -> list[str]:
    """Changes of level within the window, a sentence each; empty if it was steady.

    Windows of less than 1.7 s have too few samples to judge.
    """
    notes = [
        *_note(samples, "callbacks/s", lambda s: s.callbacks_hz, format_count, RELATIVE),
        *_note(samples, "ksoftirqd CPU", lambda s: s.ksoftirqd_share, format_percent, None),
    ]
    if all(sample.mean_ns is not None for sample in samples):
        notes += _note(samples, "mean lateness", lambda s: s.mean_ns or 0.0, _duration, LATENESS)
    if all(sample.connections_hz is not None for sample in samples):
        notes += _note(samples, "conn/s", lambda s: s.connections_hz or 0.0, format_count, RELATIVE)
    return notes


def load_notes(load: LoadResult | None) -> list[str]:
    """Whether the window met more connections than were offered in it."""
    if load is None or not load.offered_hz or load.achieved_hz <= MOST_LOAD * load.offered_hz:
        return []
    achieved, offered = format_count(load.achieved_hz), format_count(load.offered_hz)
    return [f"backlog from before the window: {achieved} connections/s of {offered}/s offered"]


def _duration(ns: float | None) -> str:
    return format_duration(None if ns is None else round(ns))


def _note(
    samples: Sequence[Sample],
    name: str,
    value: Callable[[Sample], float],
    text: _Text,
    relative: float | None,
) -> Iterator[str]:
    found = change_point([value(sample) for sample in samples])
    if found is None or found.p > SIGNIFICANT or not _matters(found, relative):
        return
    seconds = samples[found.at - 1].t_ns / NS_PER_S
    early = found.at <= len(samples) * WARMUP_PART
    what = "warm-up was too short" if early else "drift within the window"
    yield (f"{what}: {name} {text(found.before)} until {seconds:.1f} s, then {text(found.after)}")


def _matters(found: Change, relative: float | None) -> bool:
    distance = abs(found.after - found.before)
    if relative is None:
        return distance >= POINTS
    return distance >= relative * max(abs(found.before), abs(found.after))
