"""``bench watch --results``: what it records, if it is asked to."""

from __future__ import annotations

from pathlib import Path

from bench.campaign.recorded_maps import LONGEST_NS
from bench.campaign.recording import Recorder
from bench.errors import UsageError
from bench.units import exact_duration
from bench.watch.switches import Switches


def check_lasting(duration_ns: int | None, results: Path | None) -> None:
    """A recording has an end, as a trial has.

    Raises:
        UsageError: It has none, or a too late one.
    """
    if results is None:
        return
    if duration_ns is None:
        problem = "--results records for a time, and none is given"
        raise UsageError(problem, remedy="Add --duration")
    if duration_ns > LONGEST_NS:
        problem = f"--duration {exact_duration(duration_ns)} is too long for --results"
        raise UsageError(problem, remedy=f"Record {exact_duration(LONGEST_NS)} at most")


def recorder(
    results: Path | None, switches: Switches, interval_ns: int, duration_ns: int | None
) -> Recorder | None:
    """What records; None if nothing is asked for."""
    if results is None or duration_ns is None:
        return None
    return Recorder(results, switches, interval_ns=interval_ns, duration_ns=duration_ns)
