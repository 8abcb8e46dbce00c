"""Steal of the CPUs that ran timers: the mean of many CPUs would hide that of one. Pure."""

from __future__ import annotations

from bench.reason import Code, Reason
from bench.record import Callbacks, CpuUse
from bench.units import format_percent

RUNS_TIMERS = 0.01
"""Share of all callbacks from which a CPU's steal decides."""
TICK_NS = 10_000_000
"""Steal is counted in ticks. One of them says little: a window may begin just before it."""


def steal_rules(use: CpuUse, callbacks: Callbacks | None, max_steal: float) -> list[Reason]:
    """Whether the hypervisor took a CPU from the timers that ran on it.

    Args:
        use: What was stolen from which CPU.
        callbacks: With their number by CPU; without it there is no rule.
        max_steal: Share of one CPU's time that may be stolen.
    """
    counts = callbacks.by_cpu if callbacks else {}
    least = max(RUNS_TIMERS * sum(counts.values()), 1)
    stolen = {
        cpu: steal / use.window_ns
        for cpu, steal in zip(use.cpus, use.steal_ns, strict=True)
        if steal > TICK_NS and use.window_ns and counts.get(str(cpu), 0) >= least
    }
    worst = max(stolen, key=lambda cpu: stolen[cpu], default=None)
    if worst is None or stolen[worst] <= max_steal:
        return []
    seen, most = format_percent(stolen[worst]), format_percent(max_steal)
    return [Reason(Code.STEAL, f"steal of CPU {worst}, which ran timers, {seen} is above {most}")]
