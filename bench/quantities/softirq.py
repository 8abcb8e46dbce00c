"""Softirq time of a trial, with what the observer did not see made up for. Pure.

Some kernels run no BPF program over certain tasks, and softirqs that interrupt these are not
seen. The kernel's own count says how many there were, so the time of those seen is scaled to
all of them: as if the others had taken as long. ``tests/kernel/observers`` compares the result
with ftrace, which sees all.
"""

from __future__ import annotations

from bench.record import TrialRecord

LEAST_SEEN = 0.2
"""Share of softirqs seen below which their time says nothing about the others."""
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

    None where the observer measures no time, or saw too few softirqs. Records that do not
    have the kernel's own count give the time as seen.
    """
    spent = (record.softirq_ns or {}).get(vector)
    share = seen_share(record, vector)
    if spent is None or share is None or share >= MOST_SEEN:
        return spent
    return spent / share if share >= LEAST_SEEN else None
