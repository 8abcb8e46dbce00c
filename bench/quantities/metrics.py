"""What trials are judged by: one definition for comparisons, precision and goals."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bench.errors import UsageError
from bench.quantities.softirq import softirq_ns
from bench.record import Distribution, TrialRecord
from bench.units import format_count, format_duration, format_percent

Value = Callable[[TrialRecord], float | None]


class Scale(StrEnum):
    """``ratio`` compares new over base; ``points`` new less base, for shares."""

    RATIO = "ratio"
    POINTS = "points"


class Better(StrEnum):
    """Which direction is an improvement."""

    LOWER = "lower"
    HIGHER = "higher"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A quantity of a trial.

    Attributes:
        name: What the user reads and writes, ``p99 lateness``.
        value: None where the record does not have it.
        text: One value for people.
    """

    name: str
    better: Better
    scale: Scale
    value: Value
    text: Callable[[float | None], str]

    def place(self, value: float) -> float | None:
        """The value on the axis on which differences are taken; None if it has none there.

        Ratios are differences of logarithms, so that twice and half are equally far.
        """
        if self.scale is Scale.POINTS:
            return value
        return math.log(value) if value > 0 else None

    def change(self, distance: float) -> float:
        """A distance on that axis as relative change (0.1 = 10 % more), or in points."""
        return math.expm1(distance) if self.scale is Scale.RATIO else distance

    def change_text(self, change: float) -> str:
        """A change for people: ``+12.3%``, or ``+1.2 points``."""
        sign = "-" if change < 0 else "+"
        unit = " points" if self.scale is Scale.POINTS else "%"
        return sign + format_percent(abs(change)).removesuffix("%") + unit


def lateness(field: str) -> Value:
    """A field of the lateness distribution, such as ``p99_ns``."""
    return lambda record: getattr(record.lateness, field) if record.lateness else None


def connect(field: str) -> Value:
    """A field of the distribution of connect delays."""

    def value(record: TrialRecord) -> float | None:
        found: Distribution | None = record.load.connect if record.load else None
        return getattr(found, field) if found else None

    return value


def served(record: TrialRecord) -> float | None:
    """Callbacks fired over callbacks offered."""
    return record.callbacks.served if record.callbacks else None


def ksoftirqd_share(record: TrialRecord) -> float | None:
    """CPU time of all ksoftirqd threads as a share of all CPUs."""
    return record.ksoftirqd.cpu_share if record.ksoftirqd else None


def _closed_loop_hz(record: TrialRecord) -> float | None:
    load = record.load
    return load.achieved_hz if load and load.offered_hz is None else None


def _softirq_per_callback(record: TrialRecord) -> float | None:
    fired = record.callbacks.fired if record.callbacks else 0
    spent = softirq_ns(record, "hrtimer")
    return spent / fired if spent is not None and fired else None


def _duration(name: str, value: Value) -> Metric:
    return Metric(
        name=name, better=Better.LOWER, scale=Scale.RATIO, value=value, text=format_duration
    )


METRICS = (
    _duration("p50 lateness", lateness("p50_ns")),
    _duration("p90 lateness", lateness("p90_ns")),
    _duration("p99 lateness", lateness("p99_ns")),
    _duration("p99.9 lateness", lateness("p999_ns")),
    Metric(
        name="served",
        better=Better.HIGHER,
        scale=Scale.POINTS,
        value=served,
        text=format_percent,
    ),
    Metric(
        name="ksoftirqd CPU",
        better=Better.LOWER,
        scale=Scale.POINTS,
        value=ksoftirqd_share,
        text=format_percent,
    ),
    _duration("softirq time/callback", _softirq_per_callback),
    _duration("arming", lambda record: record.cost.arm_ns if record.cost else None),
    _duration("p50 connect", connect("p50_ns")),
    _duration("p99 connect", connect("p99_ns")),
    Metric(
        name="conn/s",
        better=Better.HIGHER,
        scale=Scale.RATIO,
        value=_closed_loop_hz,
        text=format_count,
    ),
)
"""Those that every program has. The maximum is not among them: the extreme of a trial says
more about the host's luck than about what is compared. ``fired/s`` follows from ``served``."""


def find_metric(name: str) -> Metric:
    """The metric of this name.

    Raises:
        UsageError: There is none; the known names are listed.
    """
    for metric in METRICS:
        if metric.name == name:
            return metric
    known = ", ".join(metric.name for metric in METRICS)
    raise UsageError(f"unknown metric {name!r}", remedy=f"Choose one of: {known}")


def own_metrics(records: list[TrialRecord]) -> list[Metric]:
    """Durations that programs measure themselves, by name; shorter is better."""
    names = sorted({name for record in records for name in record.distributions})
    return [_own(name, quantile) for name in names for quantile in ("p50", "p99")]


def _own(name: str, quantile: str) -> Metric:
    def value(record: TrialRecord) -> float | None:
        found = record.distributions.get(name)
        return getattr(found, f"{quantile}_ns") if found else None

    return _duration(f"{quantile} {name}", value)
