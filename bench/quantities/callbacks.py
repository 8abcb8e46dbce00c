"""Quantities of callbacks: how late they come, how many, where they run."""

from __future__ import annotations

from bench.quantities.quantity import Better, Quantity, Unit, Value
from bench.record import TrialRecord


def _lateness(field: str) -> Value:
    return lambda record: getattr(record.lateness, field) if record.lateness else None


def _callbacks(field: str) -> Value:
    return lambda record: getattr(record.callbacks, field) if record.callbacks else None


def _in_ksoftirqd(record: TrialRecord) -> float | None:
    venue = record.venue
    callbacks = venue.idle + venue.task + venue.ksoftirqd if venue else 0
    return venue.ksoftirqd / callbacks if venue and callbacks else None


P50 = Quantity(
    title="p50 lateness",
    meaning="callback time minus programmed expiry, in the timer's own clock; the median callback",
    unit=Unit.NS,
    value=_lateness("p50_ns"),
    better=Better.LOWER,
    goal="p50",
)
P90 = Quantity(
    title="p90 lateness",
    meaning="the same for the latest 10 % of callbacks",
    unit=Unit.NS,
    value=_lateness("p90_ns"),
    better=Better.LOWER,
    goal="p90",
    least=100,
)
P99 = Quantity(
    title="p99 lateness",
    meaning="the same for the latest 1 % of callbacks; - where a trial has fewer than 1,000",
    unit=Unit.NS,
    value=_lateness("p99_ns"),
    better=Better.LOWER,
    goal="p99",
    least=1_000,
)
P999 = Quantity(
    title="p99.9 lateness",
    meaning="the same for the latest 0.1 % of callbacks; - where a trial has fewer than 10,000",
    unit=Unit.NS,
    value=_lateness("p999_ns"),
    better=Better.LOWER,
    goal="p99.9",
    least=10_000,
)
MAXIMUM = Quantity(
    title="max lateness",
    meaning="the latest callback of the window, exact",
    unit=Unit.NS,
    value=_lateness("max_ns"),
    better=Better.LOWER,
    goal="max",
)
OFFERED = Quantity(
    title="offered/s",
    meaning="callbacks per second that the cell asks for",
    unit=Unit.HZ,
    value=_callbacks("offered_hz"),
)
FIRED = Quantity(
    title="fired/s",
    meaning="callbacks per second",
    unit=Unit.HZ,
    value=_callbacks("fired_hz"),
    better=Better.HIGHER,
)
SERVED = Quantity(
    title="served",
    meaning="callbacks fired over callbacks that the cell asks for",
    unit=Unit.SHARE,
    value=_callbacks("served"),
    better=Better.HIGHER,
    goal="served",
)
IN_KSOFTIRQD = Quantity(
    title="in ksoftirqd",
    meaning="share of callbacks that ran in a ksoftirqd thread, not in a softirq over another task",
    unit=Unit.SHARE,
    value=_in_ksoftirqd,
    better=Better.LOWER,
)
ARMING = Quantity(
    title="arming",
    meaning="time to arm one timer before the window",
    unit=Unit.NS,
    value=lambda record: record.cost.arm_ns if record.cost else None,
    better=Better.LOWER,
)
