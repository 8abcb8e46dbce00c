"""What the CPUs did in the window. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bench.host.idle_account import IdleAccount, IdleSnapshot
from bench.host.others import others_ns
from bench.record import CpuUse
from bench.units import format_percent

NOTED = 0.10
"""Share of one CPU from which on the work of others is noted."""


def cpu_use_of(opening: IdleSnapshot, closing: IdleSnapshot, account: IdleAccount) -> CpuUse:
    """The differences, of CPUs that were online at both ends.

    Idle time is capped by the window: the account of ``/proc/stat`` has steps.
    """
    window_ns = closing.t_ns - opening.t_ns
    cpus = sorted(opening.idle_ns.keys() & closing.idle_ns.keys())
    idle = (closing.idle_ns[cpu] - opening.idle_ns[cpu] for cpu in cpus)
    return CpuUse(
        window_ns=window_ns,
        cpus=cpus,
        idle_ns=[min(max(ns, 0), window_ns) for ns in idle],
        steal_ns=[max(closing.steal_ns[cpu] - opening.steal_ns[cpu], 0) for cpu in cpus],
        source=account.source,
        step_ns=account.step_ns,
        exact=account.exact,
        runner_ns=max(closing.runner_ns - opening.runner_ns, 0),
        freeing_ns=_grown(opening.freeing_ns, closing.freeing_ns),
        others_ns=others_ns(opening.others, closing.others),
    )


def notes_of_others(use: CpuUse) -> list[str]:
    """What is said of a trial beside which other processes worked; it counts all the same."""
    share = (use.others_ns or 0) / use.window_ns if use.window_ns else 0.0
    return [f"other processes used {format_percent(share)} of one CPU"] if share >= NOTED else []


def _grown(opening: Mapping[int, int], closing: Mapping[int, int]) -> int:
    """CPU time of threads by pid; those that began meanwhile began at 0."""
    return sum(max(spent - opening.get(pid, 0), 0) for pid, spent in closing.items())
