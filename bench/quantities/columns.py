"""The quantities of a report: one definition for every output."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from bench.quantities.softirq import softirq_ns
from bench.record import TrialRecord
from bench.units import (
    NS_PER_S,
    format_count,
    format_duration,
    format_percent,
)


@cache
def _key(title: str) -> str:
    return re.sub("[^a-z0-9]+", "-", title.lower()).strip("-")


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

    @property
    def key(self) -> str:
        """Its name in links and data: ``p99-lateness``."""
        return _key(self.title)


def _ksoftirqd_share(record: TrialRecord) -> float | None:
    venue = record.venue
    callbacks = venue.idle + venue.task + venue.ksoftirqd if venue else 0
    return venue.ksoftirqd / callbacks if venue and callbacks else None


def _hrtimer_ns_per_callback(record: TrialRecord) -> float | None:
    fired = record.callbacks.fired if record.callbacks else 0
    spent = softirq_ns(record, "hrtimer")
    return spent / fired if spent is not None and fired else None


def softirq_share(record: TrialRecord, vector: str) -> float | None:
    """CPU time in softirqs of a vector over the window's length: 1 is one whole CPU."""
    return _per_time(record, softirq_ns(record, vector))


def _wakeups_hz(record: TrialRecord) -> float | None:
    wakeups = _per_time(record, record.ksoftirqd.wakeups if record.ksoftirqd else None)
    return None if wakeups is None else wakeups * NS_PER_S


def _per_time(record: TrialRecord, amount: float | None) -> float | None:
    """An amount over the window's length, ns."""
    return amount / record.window_ns if amount is not None and record.window_ns else None


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
"""Those that fit a terminal and a page of Markdown."""

P50, P99, MAXIMUM, FIRED, SERVED, IN_KSOFTIRQD, KSOFTIRQD_CPU, CONNECTIONS = COLUMNS
P999 = Column(
    "p99.9 lateness",
    "the same for the latest 0.1 % of callbacks; - where a trial has fewer than 10,000",
    format_duration,
    lambda r: r.lateness.p999_ns if r.lateness else None,
)
OFFERED = Column(
    "offered/s",
    "callbacks per second that the cell asks for",
    format_count,
    lambda r: r.callbacks.offered_hz if r.callbacks else None,
)
CPU_PER_CALLBACK = Column(
    "CPU per callback",
    "CPU time of the HRTIMER softirq over callbacks fired, wherever they ran",
    format_duration,
    _hrtimer_ns_per_callback,
)
HRTIMER_CPU = Column(
    "HRTIMER softirq",
    "CPU time in the softirq that runs the callbacks; 100% is one whole CPU",
    format_percent,
    lambda r: softirq_share(r, "hrtimer"),
)
NET_RX_CPU = Column(
    "NET_RX softirq",
    "CPU time in the softirq that receives packets; 100% is one whole CPU",
    format_percent,
    lambda r: softirq_share(r, "net_rx"),
)
WAKEUPS = Column(
    "ksoftirqd wake-ups/s",
    "how often a ksoftirqd thread was woken",
    format_count,
    _wakeups_hz,
)
KSOFTIRQD_TIME = Column(
    "ksoftirqd CPU time per time",
    "CPU time of all ksoftirqd threads; 100% is one whole CPU",
    format_percent,
    lambda r: _per_time(r, r.ksoftirqd.cpu_ns if r.ksoftirqd else None),
)
RUNQ_DELAY = Column(
    "ksoftirqd run-queue delay per time",
    "time that ksoftirqd threads were runnable but had no CPU; 100% is one thread all the time",
    format_percent,
    lambda r: _per_time(r, r.ksoftirqd.runq_delay_ns if r.ksoftirqd else None),
)
CONNECT_P50 = Column(
    "p50 connect",
    "time from the intended start of a connection to its establishment; the median",
    format_duration,
    lambda r: r.load.connect.p50_ns if r.load and r.load.connect else None,
)
CONNECT_P99 = Column(
    "p99 connect",
    "the same for the slowest 1 % of connections",
    format_duration,
    lambda r: r.load.connect.p99_ns if r.load and r.load.connect else None,
)
STEAL = Column(
    "steal",
    "share of CPU time that the hypervisor took",
    format_percent,
    lambda r: r.noise.steal if r.noise else None,
)

QUANTITIES = (
    P50,
    P99,
    P999,
    MAXIMUM,
    OFFERED,
    FIRED,
    SERVED,
    IN_KSOFTIRQD,
    KSOFTIRQD_CPU,
    WAKEUPS,
    CPU_PER_CALLBACK,
    HRTIMER_CPU,
    NET_RX_CPU,
    CONNECTIONS,
    CONNECT_P50,
    CONNECT_P99,
    STEAL,
)
"""All quantities of a report."""
