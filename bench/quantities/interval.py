"""The interval of an observer's figures, which is not exactly the window. Pure."""

from __future__ import annotations

from bench.record import TrialRecord


def observed_ns(record: TrialRecord) -> int:
    """Time between the observer's readings; the window's length in records without it."""
    return record.observed_ns or record.window_ns
