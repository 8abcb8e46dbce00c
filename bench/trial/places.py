"""On which CPUs the callbacks of a window ran. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.programs.counters import Counters


def places_of(opening: Counters, closing: Counters, *, recorded: bool) -> dict[str, Any]:
    """Fields of :class:`bench.record.Callbacks`, by name.

    Args:
        opening: Counters at the window's begin; ``closing`` at its end.
        recorded: Whether callbacks run in the HRTIMER softirq, and each records where.
    """
    fired = {cpu: n - opening.fired_by_cpu.get(cpu, 0) for cpu, n in closing.fired_by_cpu.items()}
    return {
        "moved": closing.moved - opening.moved if recorded else None,
        "by_cpu": _some(fired),
        "armed_by_cpu": _some(closing.armed_by_cpu),
    }


def _some(counts: Mapping[int, int]) -> dict[str, int]:
    return {str(cpu): count for cpu, count in counts.items() if count}
