"""Quantities of callbacks: how late they come, how many, where they run."""

from __future__ import annotations

from bench.quantities.interval import observed_ns
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


def _missed(record: TrialRecord) -> float | None:
    callbacks = record.callbacks
    if callbacks is None or callbacks.missed_periods is None:
        return None
    periods = callbacks.fired + callbacks.missed_periods
    return callbacks.missed_periods / periods if periods else None


def _batch(record: TrialRecord) -> float | None:
    runs = (record.softirq_total or {}).get("hrtimer")
    if record.callbacks is None or not runs or not record.cell.engine.facts.in_softirq:
        return None
    # Two intervals, so rates are divided.
    intervals = observed_ns(record) / record.window_ns if record.window_ns else 1
    return record.callbacks.fired / runs * intervals


def _moved(record: TrialRecord) -> float | None:
    callbacks = record.callbacks
    if callbacks is None or callbacks.moved is None or not callbacks.fired:
        return None
    return callbacks.moved / callbacks.fired


def _busiest(record: TrialRecord) -> float | None:
    counts = record.callbacks.by_cpu.values() if record.callbacks else ()
    return max(counts) / sum(counts) if counts and sum(counts) else None


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
    meaning="callback time minus programmed expiry; the latest 10 % of callbacks are later",
    unit=Unit.NS,
    value=_lateness("p90_ns"),
    better=Better.LOWER,
    goal="p90",
    least=100,
)
P99 = Quantity(
    title="p99 lateness",
    meaning="callback time minus programmed expiry; the latest 1 % of callbacks are later; - "
    "where a trial has fewer than 1,000",
    unit=Unit.NS,
    value=_lateness("p99_ns"),
    better=Better.LOWER,
    goal="p99",
    least=1_000,
)
P999 = Quantity(
    title="p99.9 lateness",
    meaning="callback time minus programmed expiry; the latest 0.1 % of callbacks are later; "
    "- where a trial has fewer than 10,000",
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
MISSED = Quantity(
    title="missed periods",
    meaning="periods that fired no callback, because the one before came so late, of all periods",
    unit=Unit.SHARE,
    value=_missed,
    better=Better.LOWER,
    goal="missed",
)
BATCH = Quantity(
    title="batch",
    meaning="callbacks per HRTIMER softirq of the host: how many share the cost of one",
    unit=Unit.TIMES,
    value=_batch,
    source="/proc/softirqs",
)
MOVED = Quantity(
    title="on another CPU",
    meaning="share of callbacks that ran on another CPU than the one that armed their timer",
    unit=Unit.SHARE,
    value=_moved,
)
BUSIEST = Quantity(
    title="on the busiest CPU",
    meaning="share of callbacks on the CPU that ran most of them",
    unit=Unit.SHARE,
    value=_busiest,
)
ARMING = Quantity(
    title="arming",
    meaning="time to arm one timer before the window",
    unit=Unit.NS,
    value=lambda record: record.cost.arm_ns if record.cost else None,
    better=Better.LOWER,
)
LIVE = Quantity(
    title="live timers",
    meaning="timers alive when the window opened, of a cell with a population",
    unit=Unit.COUNT,
    value=lambda record: record.live.opening if record.live else None,
)
MAP_LOAD = Quantity(
    title="load of the map",
    meaning="entries of the map over its size when the window opened, of a cell with a population",
    unit=Unit.SHARE,
    value=lambda record: record.live.load_factor if record.live else None,
)
