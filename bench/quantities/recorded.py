"""Quantities of recordings: what ``bench watch`` saw of the timers of others, from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bench.quantities.callbacks import FIRED, MAXIMUM, P50, P99, P999
from bench.quantities.quantity import Quantity, Unit, Value
from bench.record import TrialRecord, Venue

LATENESS = (
    "when the kernel is about to call the callback, less the programmed expiry, in the clock of "
    "the timer's queue"
)


def _share(venue: Callable[[Venue], int]) -> Value:
    def value(record: TrialRecord) -> float | None:
        seen = record.venue
        recorded = seen.idle + seen.task + seen.ksoftirqd if seen else 0
        return venue(seen) / recorded if seen and recorded else None

    return value


def _ran(title: str, meaning: str, venue: Callable[[Venue], int]) -> Quantity:
    return Quantity(title=title, meaning=meaning, unit=Unit.SHARE, value=_share(venue))


def _measure(title: str, name: str, meaning: str, unit: Unit) -> Quantity:
    return Quantity(
        title=title, meaning=meaning, unit=unit, value=lambda record: record.measures.get(name)
    )


def _taken(title: str, name: str, field: str, meaning: str) -> Quantity:
    def value(record: TrialRecord) -> float | None:
        taken = record.distributions.get(name)
        return getattr(taken, field) if taken else None

    return Quantity(title=title, meaning=meaning, unit=Unit.NS, value=value)


RECORDED_FIRED = replace(FIRED, meaning="callbacks per second, from the begin to the end")
RECORDED_P50 = replace(P50, meaning=f"{LATENESS}; the median callback")
RECORDED_P99 = replace(
    P99, meaning="the latest 1 % of callbacks are later; - of fewer than 1,000 callbacks"
)
RECORDED_P999 = replace(
    P999, meaning="the latest 0.1 % of callbacks are later; - of fewer than 10,000 callbacks"
)
RECORDED_MAXIMUM = replace(MAXIMUM, meaning="the latest callback, exact")
OVER_IDLE = _ran("idle", "share of callbacks that ran over an idle CPU", lambda seen: seen.idle)
OVER_TASK = _ran(
    "task", "share of callbacks that ran over another task, whose time they took", lambda v: v.task
)
OVER_KSOFTIRQD = _ran(
    "ksoftirqd", "share of callbacks that ran in a thread ksoftirqd", lambda seen: seen.ksoftirqd
)

RECORDED = (
    RECORDED_FIRED,
    RECORDED_P50,
    RECORDED_P99,
    RECORDED_P999,
    RECORDED_MAXIMUM,
    OVER_IDLE,
    OVER_TASK,
    OVER_KSOFTIRQD,
    _measure("starts/s", "started_hz", "starts of timers that were in no queue", Unit.HZ),
    _measure("pushed/s", "pushed_back_hz", "starts of timers that were in a queue", Unit.HZ),
    _measure(
        "cancels/s",
        "cancelled_hz",
        "timers that left their queue without a callback and were not started again",
        Unit.HZ,
    ),
    _taken("run p50", "run", "p50_ns", "time that the median callback ran"),
    _taken("run p99", "run", "p99_ns", "time that the longest 1 % of callbacks ran at least"),
    _measure("run CPU", "run_cpu_share", "time of all callbacks, as a share of a CPU", Unit.SHARE),
    _measure("asked/s", "requested_hz", "calls of bpf_timer_start", Unit.HZ),
    _taken("ahead p50", "ahead", "p50_ns", "median time from such a call to the expiry asked for"),
    _taken(
        "ahead p99", "ahead", "p99_ns", "the same, of the 1 % that are asked for furthest ahead"
    ),
    _taken("queued p99", "queued", "p99_ns", "from the call until it was in a queue, slowest 1 %"),
    _measure("armed", "armed", "armed timers at the end", Unit.COUNT),
)
"""In the order of a table; those that no map has are left out."""
