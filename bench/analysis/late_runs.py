"""The latest callbacks by softirq run: what delays one delays all that wait behind it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bench.record import Outlier, TrialRecord
from bench.units import NS_PER_MS


@dataclass(frozen=True, slots=True)
class LateRun:
    """One softirq run: its latest callback, and how many late ones were in it."""

    latest: Outlier
    record: TrialRecord
    callbacks: int


def late_runs(records: Iterable[TrialRecord]) -> list[LateRun]:
    """A run each, latest first; without this a single delay fills a table."""
    runs: dict[tuple[int, int, int, int], list[tuple[Outlier, TrialRecord]]] = {}
    for record in records:
        for one in record.outliers:
            runs.setdefault((id(record), *_softirq_run(one, record)), []).append((one, record))
    found = [
        LateRun(*max(group, key=lambda pair: pair[0].lateness_ns), len(group))
        for group in runs.values()
    ]
    return sorted(found, key=lambda each: -each.latest.lateness_ns)


def _softirq_run(one: Outlier, record: TrialRecord) -> tuple[int, int, int]:
    """The trial, the CPU, and the millisecond in which the softirq began, as far as is known."""
    return record.trial, one.cpu, (one.t_ns - (one.queue_ns or 0)) // NS_PER_MS
