"""What the observer adds to a record, and what the kernel kept its hooks from seeing. Pure."""

from __future__ import annotations

from typing import Any

from bench.observers.base import ObserverSnapshot
from bench.record import Ksoftirqd
from bench.trial.measurement import Measurement


def observed_fields(measured: Measurement, cpus: int) -> dict[str, Any]:
    """Fields of :class:`bench.record.TrialRecord`, by name; ``cpus`` = online CPUs."""
    window = measured.window
    observed = window.closing.observed.since(window.opening.observed)
    return {
        "ksoftirqd": _ksoftirqd(observed, cpus),
        "softirq_ns": observed.softirq_ns,
        "softirq_count": observed.softirq_count,
        "softirq_total": observed.softirq_total,
        "softirq_thread_ns": observed.thread_ns,
        "softirq_thread_count": observed.thread_count,
        "observed_ns": observed.t_ns,
        "recursion_misses": _missed(measured, observed),
    }


def _ksoftirqd(observed: ObserverSnapshot, cpus: int) -> Ksoftirqd:
    return Ksoftirqd(
        cpu_ns=observed.cpu_ns,
        cpu_share=observed.cpu_ns / (observed.t_ns * cpus),
        runq_delay_ns=observed.runq_delay_ns,
        wakeups=observed.wakeups,
    )


def _missed(measured: Measurement, observed: ObserverSnapshot) -> dict[str, int] | None:
    """Of subject and observer, those that missed any; None where nobody counts them."""
    sources = [known for known in (measured.aftermath.missed, observed.missed) if known is not None]
    if not sources:
        return None
    return {name: count for known in sources for name, count in known.items() if count}
