"""The quantities of a report: one definition for every output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.record import Ledger, RunHeader, TrialRecord, is_measurement
from bench.units import exact_count, format_count, format_duration, format_percent


@dataclass(frozen=True, slots=True)
class Column:
    """A quantity: how to read it from a record and how to print it.

    Attributes:
        meaning: One sentence for the reader.
        value: None where the record does not have it.
    """

    title: str
    meaning: str
    text: Callable[[float | None], str]
    value: Callable[[TrialRecord], float | None]


def _ksoftirqd_share(record: TrialRecord) -> float | None:
    venue = record.venue
    callbacks = venue.idle + venue.task + venue.ksoftirqd if venue else 0
    return venue.ksoftirqd / callbacks if venue and callbacks else None


COLUMNS = (
    Column(
        "p50 lateness",
        "callback time minus programmed expiry, in the timer's own clock; the median callback",
        format_duration,
        lambda r: r.lateness.p50_ns if r.lateness else None,
    ),
    Column(
        "p99 lateness",
        "the same for the latest 1 % of callbacks; - where a trial has fewer than 1,000",
        format_duration,
        lambda r: r.lateness.p99_ns if r.lateness else None,
    ),
    Column(
        "max lateness",
        "the latest callback of the window, exact",
        format_duration,
        lambda r: r.lateness.max_ns if r.lateness else None,
    ),
    Column(
        "fired/s",
        "callbacks per second",
        format_count,
        lambda r: r.callbacks.fired_hz if r.callbacks else None,
    ),
    Column(
        "served",
        "callbacks fired over callbacks that the cell asks for",
        format_percent,
        lambda r: r.callbacks.served if r.callbacks else None,
    ),
    Column(
        "in ksoftirqd",
        "share of callbacks that ran in a ksoftirqd thread, not in a softirq over another task",
        format_percent,
        _ksoftirqd_share,
    ),
    Column(
        "ksoftirqd CPU",
        "CPU time of all ksoftirqd threads as a share of all CPUs",
        format_percent,
        lambda r: r.ksoftirqd.cpu_share if r.ksoftirqd else None,
    ),
    Column(
        "conn/s",
        "TCP connections established per second",
        format_count,
        lambda r: r.load.achieved_hz if r.load else None,
    ),
)


def _counted(title: str, meaning: str, count: Callable[[Ledger], int]) -> Column:
    return Column(
        title,
        meaning,
        lambda value: "-" if value is None else exact_count(round(value)),
        lambda record: float(count(record.ledger)) if record.ledger else None,
    )


BEHAVIOUR = (
    next(column for column in COLUMNS if column.title == "in ksoftirqd"),
    _counted("started", "timers started or started again", lambda x: x.started + x.restarted),
    _counted("fired", "callbacks of the whole trial", lambda x: x.fired),
    _counted("cancelled", "timers cancelled or freed", lambda x: x.cancelled + x.freed),
    _counted("pending", "timers still armed at the end, by census", lambda x: x.pending),
    Column(
        "ledger closed",
        "share of trials with started = fired + cancelled + pending",
        format_percent,
        lambda r: float(r.ledger.balanced) if r.ledger else None,
    ),
)
"""What remains of a run whose times and rates are no measurement: counts."""

NO_MEASUREMENT = (
    "This run was made in an emulated machine, whose time is not real: it shows behaviour and "
    "ledgers. Lateness, rates and CPU times are left out because they would mean nothing."
)


def columns_of(header: RunHeader) -> tuple[Column, ...]:
    """The quantities that a report of this run may show."""
    return COLUMNS if is_measurement(header) else BEHAVIOUR
