"""What the CPUs did in the window. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bench.host.idle_account import IdleAccount, IdleSnapshot
from bench.record import CpuUse


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
    )


def _grown(opening: Mapping[int, int], closing: Mapping[int, int]) -> int:
    """CPU time of threads by pid; those that began meanwhile began at 0."""
    return sum(max(spent - opening.get(pid, 0), 0) for pid, spent in closing.items())
