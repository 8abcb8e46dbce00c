"""Softirq time of a trial, with what the observer did not see made up for. Pure.

Some kernels run no BPF program over certain tasks, and softirqs that interrupt these are not
seen. The kernel's own count says how many there were, so the time of those seen is scaled to
all of them: as if the others had taken as long. Softirqs over ksoftirqd are all seen, and have
another length, so their time is left as it is and only the rest is scaled.
``tests/kernel/observers`` compares the result with ftrace, which sees all.
"""

from __future__ import annotations

from bench.record import TrialRecord

LEAST_SEEN = 0.2
"""Share of softirqs outside ksoftirqd seen below which their time says nothing about the others."""
MOST_SEEN = 0.98
"""Share from which nothing is missing: the two counts are not read at the same moment."""


def seen_share(record: TrialRecord, vector: str) -> float | None:
    """Share of a vector's softirqs that the observer saw, at most 1.

    None where that is not known, or where there were none.
    """
    seen = (record.softirq_count or {}).get(vector)
    total = (record.softirq_total or {}).get(vector)
    return min(seen / total, 1.0) if seen is not None and total else None


def softirq_ns(record: TrialRecord, vector: str) -> float | None:
    """Time in all softirqs of a vector within the window, all CPUs, ns.

    It is of the interval ``observed_ns``. None where the observer measures no time, or saw too
    few softirqs. Records that do not have the kernel's own count give the time as seen; those
    that do not have ksoftirqd's apart are scaled as a whole.
    """
    spent = (record.softirq_ns or {}).get(vector)
    share = seen_share(record, vector)
    if spent is None or share is None or share >= MOST_SEEN:
        return spent
    thread_ns = (record.softirq_thread_ns or {}).get(vector, 0)
    rest = _rest_seen(record, vector)
    return thread_ns + (spent - thread_ns) / rest if rest >= LEAST_SEEN else None


def _rest_seen(record: TrialRecord, vector: str) -> float:
    """Share seen of the softirqs that did not run over ksoftirqd."""
    seen, total = (record.softirq_count or {})[vector], (record.softirq_total or {})[vector]
    thread = (record.softirq_thread_count or {}).get(vector, 0)
    return (seen - thread) / (total - thread) if total > thread else 1.0
