"""Was the window steady? Judged from its time series, told as notes. Pure.

A note makes no trial invalid: saturated hosts are rightly unsteady. It tells the reader that
the trial's figures are an average over two states.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bench.stats.change import Change, change_point
from bench.sweep.measurement import Sample
from bench.units import NS_PER_S, format_count, format_percent

SIGNIFICANT = 0.01
RELATIVE = 0.10
"""Change of a rate, and 1 percentage point of a share, below which nothing is told."""
POINTS = 0.01
WARMUP_PART = 1 / 3
"""A change in the first third of the window means that it opened too early."""

_Text = Callable[[float | None], str]


def notes_of(samples: Sequence[Sample]) -> list[str]:
    """Changes of level within the window, a sentence each; empty if it was steady.

    Windows of less than 1.7 s have too few samples to tell.
    """
    notes = [
        *_note(samples, "callbacks/s", lambda s: s.callbacks_hz, format_count, RELATIVE),
        *_note(samples, "ksoftirqd CPU", lambda s: s.ksoftirqd_share, format_percent, None),
    ]
    if all(sample.connections_hz is not None for sample in samples):
        notes += _note(samples, "conn/s", lambda s: s.connections_hz or 0.0, format_count, RELATIVE)
    return notes


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
