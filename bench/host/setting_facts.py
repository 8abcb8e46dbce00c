"""Settings of the running system that move timers: what tuning changes, and its like."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from bench.errors import BenchError
from bench.host.facts import Fact, Reader, chosen, number_of, shrunk, text, text_of
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


def _sysctl(name: str, meaning: str) -> Fact:
    """A number in /proc/sys; its name is that of the file."""
    return Fact(name.rpartition("/")[2], meaning, number_of(f"proc/sys/{name}"))


SETTING_FACTS = (
    Fact("ksoftirqd_scheduling", "policy and priority or nice", ksoftirqd_scheduling),
    Fact("irq_affinity", "CPUs that may serve devices", irq_affinity, parts=irq_affinities),
    Fact(
        "clocksource",
        "clock that is read",
        text_of("sys/devices/system/clocksource/clocksource0/current_clocksource"),
    ),
    Fact(
        "clockevent",
        "device that interrupts CPU 0 for timers",
        text_of("sys/devices/system/clockevents/clockevent0/current_device"),
    ),
    _sysctl("kernel/timer_migration", "unpinned timers may move"),
    _sysctl("kernel/bpf_stats_enabled", "run statistics by sysctl"),
    _sysctl("kernel/sched_rt_runtime_us", "us of a second for real-time threads"),
    _sysctl("kernel/numa_balancing", "pages move to their users"),
    _sysctl("kernel/watchdog", "detector of lock-ups runs"),
    _sysctl("kernel/nmi_watchdog", "and that of hard ones"),
    _sysctl("vm/stat_interval", "seconds between updates of statistics"),
    Fact("thp", "transparent huge pages", _chosen_of(f"{_THP}/enabled")),
    Fact("thp_defrag", "memory is moved for them", _chosen_of(f"{_THP}/defrag")),
    Fact(
        "workqueue_cpus",
        "mask of CPUs for unbound kernel work",
        text_of("sys/devices/virtual/workqueue/cpumask"),
    ),
    _sysctl("net/core/bpf_jit_enable", "0 off, 1 on, 2 on with debugging"),
    _sysctl("net/core/bpf_jit_harden", "0 off, 1 unprivileged, 2 all"),
    _sysctl("net/core/netdev_budget", "packets per NET_RX round"),
    _sysctl("net/core/netdev_budget_usecs", "us per NET_RX round"),
    _sysctl("net/core/netdev_max_backlog", "packets that may wait for a CPU"),
    _sysctl("net/core/rps_sock_flow_entries", "flows steered to their users' CPUs"),
    _sysctl("net/core/busy_poll", "us of polling for packets"),
    _sysctl("net/core/somaxconn", "connections that may wait to be accepted"),
    _sysctl("net/ipv4/tcp_max_syn_backlog", "and to be established"),
    _sysctl("net/ipv4/tcp_syncookies", "1 when too many wait, 2 always"),
    _sysctl("net/ipv4/tcp_tw_reuse", "ports in TIME_WAIT used again"),
    Fact("local_ports", "source ports, first and last", local_ports),
)
"""Facts of settings that may be changed at any time."""
