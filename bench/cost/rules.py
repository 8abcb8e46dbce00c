"""When a trial and its reference may be subtracted. Pure.

CPU times of two trials differ by what the timers cost only if all else is alike, and only where
the host has time left: at saturation costs do not add.
"""

from __future__ import annotations

from collections.abc import Iterator

from bench.record import CpuUse, Status, TrialRecord
from bench.units import format_percent

SAME_LOAD = 0.01
"""Most by which achieved connections or packets may differ."""
LEAST_IDLE = 0.10
"""Share of the window that each CPU must be idle."""
MOST_STEAL = 0.01
"""Share of the window from which no CPU may be stolen."""
MOST_OTHERS = 0.05
"""Share of one CPU that processes of others may use."""
PACKETS = "packets_sent"


def refusal(ours: TrialRecord, reference: TrialRecord) -> str | None:
    """Why the two may not be subtracted, the first reason; None if they may."""
    return next(_reasons(ours, reference), None)


def _reasons(ours: TrialRecord, reference: TrialRecord) -> Iterator[str]:
    for name, record in (("the trial", ours), ("its reference", reference)):
        if record.status is not Status.OK:
            yield f"{name} is {record.status}"
        yield from _idle_reasons(name, record.cpu_use)
    yield from _load_reasons(ours, reference)


def _idle_reasons(name: str, use: CpuUse | None) -> Iterator[str]:
    if use is None or not use.window_ns:
        yield f"idle time was not measured in {name}"
        return
    if not use.exact:
        yield f"{use.source} is not known to be exact on this host"
    others = (use.others_ns or 0) / use.window_ns
    if others > MOST_OTHERS:
        used, most = format_percent(others), format_percent(MOST_OTHERS)
        yield f"other processes used {used} of one CPU in {name}, at most {most} may be"
    for cpu, idle, steal in zip(use.cpus, use.idle_ns, use.steal_ns, strict=True):
        if idle < LEAST_IDLE * use.window_ns:
            left = format_percent(idle / use.window_ns)
            least = format_percent(LEAST_IDLE)
            yield f"CPU {cpu} was idle for {left} of {name}, at least {least} is needed"
        if steal >= MOST_STEAL * use.window_ns:
            taken = format_percent(steal / use.window_ns)
            yield f"{taken} of CPU {cpu} were stolen in {name}"


def _load_reasons(ours: TrialRecord, reference: TrialRecord) -> Iterator[str]:
    rates = [_rates(record) for record in (ours, reference)]
    for what in rates[0].keys() & rates[1].keys():
        first, second = rates[0][what], rates[1][what]
        if abs(first - second) > SAME_LOAD * max(first, second):
            yield f"{what} differ by more than {format_percent(SAME_LOAD)}"


def _rates(record: TrialRecord) -> dict[str, float]:
    found = {}
    if record.load is not None:
        found["connections/s"] = record.load.achieved_hz
    packets = record.measures.get(PACKETS)
    if packets is not None and record.window_ns:
        found["packets/s"] = packets / record.window_ns
    return found
