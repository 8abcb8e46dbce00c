"""Was the window steady? Judged from its time series, reported as notes. Pure.

A note makes no trial invalid: saturated hosts are rightly unsteady. It warns the reader that
the trial's figures are an average over two states.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from bench.stats.change import Change, change_point
from bench.trial.measurement import Sample
from bench.units import NS_PER_S, format_count, format_duration, format_percent

SIGNIFICANT = 0.01
RELATIVE = 0.10
"""Change of a rate, and 1 percentage point of one CPU, below which nothing is reported."""
POINTS = 0.01
LATENESS = 0.50
"""The same for mean lateness, which varies more."""
WARMUP_PART = 1 / 3
"""A change in the first third of the window means that it opened too early."""
THIRDS = 6
"""Samples of a window that can be seen in thirds, at least."""

_Text = Callable[[float | None], str]


@dataclass(frozen=True, slots=True)
class Series:
    """One quantity of a window.

    Attributes:
        key: Its name in records; it ends in its unit.
        title: Its name in sentences.
        values: One of each sample.
        text: How a value is written.
        relative: Change that matters, relative; None = in points of a share.
    """

    key: str
    title: str
    values: Sequence[float]
    text: _Text
    relative: float | None

    def after(self, samples: int) -> Series:
        """The same without its first samples."""
        return replace(self, values=self.values[samples:])


def series_of(samples: Sequence[Sample], cpus: int) -> list[Series]:
    """What is watched; series that lack a value are left out.

    Args:
        samples: Of the window.
        cpus: Online CPUs: a share of all of them is judged, and said, as a share of one.
    """
    shares = [sample.ksoftirqd_share * cpus for sample in samples]
    rates = [sample.callbacks_hz for sample in samples]
    means = [mean for sample in samples if (mean := sample.mean_ns) is not None]
    loads = [hz for sample in samples if (hz := sample.connections_hz) is not None]
    found = [
        Series("callbacks_hz", "callbacks/s", rates, format_count, RELATIVE),
        Series("ksoftirqd_share", "ksoftirqd CPU of one CPU", shares, format_percent, None),
        Series("mean_ns", "mean lateness", means, _duration, LATENESS),
        Series("connections_hz", "conn/s", loads, format_count, RELATIVE),
    ]
    return [series for series in found if len(series.values) == len(samples)]


def notes_of(samples: Sequence[Sample], cpus: int = 1) -> list[str]:
    """Changes of level within the window, a sentence each; empty if it was steady.

    Windows of less than 1.7 s have too few samples to judge.
    """
    return [note for series in series_of(samples, cpus) for note in _note(samples, series)]


def thirds_of(samples: Sequence[Sample], cpus: int) -> dict[str, tuple[float, float]]:
    """Means of the first and of the last third of the window, by series."""
    third = len(samples) // 3
    if len(samples) < THIRDS:
        return {}
    return {
        series.key: (sum(series.values[:third]) / third, sum(series.values[-third:]) / third)
        for series in series_of(samples, cpus)
    }


def level_change(series: Series) -> Change | None:
    """The change of level that is significant and large enough to matter; None without one."""
    found = change_point(series.values)
    if found is None or found.p > SIGNIFICANT or not matters(found, series.relative):
        return None
    return found


def _duration(ns: float | None) -> str:
    return format_duration(None if ns is None else round(ns))


def _note(samples: Sequence[Sample], series: Series) -> Iterator[str]:
    found = level_change(series)
    if found is None:
        return
    seconds = samples[found.at - 1].t_ns / NS_PER_S
    early = found.at <= len(samples) * WARMUP_PART
    what = "warm-up was too short" if early else "drift within the window"
    before, after = series.text(found.before), series.text(found.after)
    yield f"{what}: {series.title} {before} until {seconds:.1f} s, then {after}"


def matters(found: Change, relative: float | None) -> bool:
    """Whether a change is large enough to be told; ``relative`` as in :class:`Series`."""
    distance = abs(found.after - found.before)
    if relative is None:
        return distance >= POINTS
    return distance >= relative * max(abs(found.before), abs(found.after))
