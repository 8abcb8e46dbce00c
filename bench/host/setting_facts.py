"""Settings of the running system that move timers: what tuning changes, and its like."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from bench import facts
from bench.errors import BenchError
from bench.host.facts import Reader, chosen, number_of, shrunk, text, text_of, with_readers
from bench.host.ksoftirqd import find_ksoftirqd

POLICIES = {0: "other", 1: "fifo", 2: "rr", 3: "batch", 5: "idle", 6: "deadline"}
"""Scheduling policies; source: ``include/uapi/linux/sched.h``."""
_NICE, _PRIORITY, _POLICY = 16, 37, 38
"""Fields of proc_pid_stat(5), counted from the state, the first one after the name."""
LONGEST = 100
"""Longest text of many values that is kept as it is, characters."""
_THP = "sys/kernel/mm/transparent_hugepage"


def ksoftirqd_scheduling(root: Path) -> str | None:
    """``POLICY:PRIORITY`` of the ksoftirqd threads, ``other:NICE`` for an ordinary one."""
    return shrunk({cpu: _scheduling(root, pid) for cpu, pid in _ksoftirqd(root).items()})


@cache
def _ksoftirqd(root: Path) -> Mapping[int, int]:
    """Kept, because a CPU's thread stays and a search looks at every process."""
    try:
        return find_ksoftirqd(root)
    except (BenchError, OSError):
        return {}


def _scheduling(root: Path, pid: int) -> str:
    fields = (text(root, f"proc/{pid}/stat") or "").rpartition(") ")[2].split()
    if len(fields) <= _POLICY:
        return "unknown"
    policy = POLICIES.get(int(fields[_POLICY]), fields[_POLICY])
    return f"{policy}:{fields[_PRIORITY] if policy in ('fifo', 'rr') else fields[_NICE]}"


def irq_affinities(root: Path) -> dict[str, str]:
    """Device interrupt -> CPUs that may serve it."""
    files = (root / "proc/irq").glob("[0-9]*/smp_affinity_list")
    found = {int(file.parent.name): text(file.parent, file.name) for file in files}
    return {f"irq {number}": said for number, said in sorted(found.items()) if said}


def irq_affinity(root: Path) -> str | None:
    """What :func:`irq_affinities` says, in short; None where there is no such file."""
    return summary(irq_affinities(root))


def local_ports(root: Path) -> str | None:
    """First and last port from which the kernel chooses source ports."""
    said = text(root, "proc/sys/net/ipv4/ip_local_port_range")
    return said and "-".join(said.split())


def summary(parts: Mapping[str, str]) -> str | None:
    """Many named values as one text: all of them if they are alike or few, else their hash."""
    if len(set(parts.values())) <= 1:
        return next(iter(parts.values()), None)
    whole = ", ".join(f"{name}: {value}" for name, value in parts.items())
    if len(whole) <= LONGEST:
        return whole
    return f"{hashlib.sha256(whole.encode()).hexdigest()[:16]} of {len(parts)}"


def _chosen_of(path: str) -> Reader:
    return lambda root: chosen(text(root, path))


_SYSCTLS = (
    "kernel/timer_migration",
    "kernel/bpf_stats_enabled",
    "kernel/sched_rt_runtime_us",
    "kernel/numa_balancing",
    "kernel/watchdog",
    "kernel/nmi_watchdog",
    "vm/stat_interval",
    "net/core/bpf_jit_enable",
    "net/core/bpf_jit_harden",
    "net/core/netdev_budget",
    "net/core/netdev_budget_usecs",
    "net/core/netdev_max_backlog",
    "net/core/rps_sock_flow_entries",
    "net/core/busy_poll",
    "net/core/somaxconn",
    "net/ipv4/tcp_max_syn_backlog",
    "net/ipv4/tcp_syncookies",
    "net/ipv4/tcp_tw_reuse",
)
"""Numbers in /proc/sys; the name of a fact is that of its file."""
SETTING_FACTS = with_readers(
    facts.SETTINGS,
    {
        "ksoftirqd_scheduling": ksoftirqd_scheduling,
        "irq_affinity": irq_affinity,
        "clocksource": text_of("sys/devices/system/clocksource/clocksource0/current_clocksource"),
        "clockevent": text_of("sys/devices/system/clockevents/clockevent0/current_device"),
        "tick_broadcast": text_of("sys/devices/system/clockevents/broadcast/current_device"),
        "thp": _chosen_of(f"{_THP}/enabled"),
        "thp_defrag": _chosen_of(f"{_THP}/defrag"),
        "workqueue_cpus": text_of("sys/devices/virtual/workqueue/cpumask"),
        "local_ports": local_ports,
        **{path.rpartition("/")[2]: number_of(f"proc/sys/{path}") for path in _SYSCTLS},
    },
    parts={"irq_affinity": irq_affinities},
)
"""Facts of settings that may be changed at any time."""
