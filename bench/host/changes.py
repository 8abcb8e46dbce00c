"""What changed on a host since a run began, and what to do about it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_CPUS = "/sys/devices/system/cpu"

_SYSCTLS = (
    "kernel.bpf_stats_enabled",
    "kernel.nmi_watchdog",
    "kernel.numa_balancing",
    "kernel.sched_rt_runtime_us",
    "kernel.timer_migration",
    "kernel.watchdog",
    "net.core.bpf_jit_enable",
    "net.core.bpf_jit_harden",
    "net.core.busy_poll",
    "net.core.netdev_budget",
    "net.core.netdev_budget_usecs",
    "net.core.netdev_max_backlog",
    "net.core.rps_sock_flow_entries",
    "net.core.somaxconn",
    "net.ipv4.tcp_max_syn_backlog",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_tw_reuse",
    "vm.stat_interval",
)
SETTINGS = {
    **{name.rpartition(".")[2]: f"sysctl {name}" for name in _SYSCTLS},
    "local_ports": "sysctl net.ipv4.ip_local_port_range",
    "ksoftirqd_scheduling": "chrt and renice of the ksoftirqd threads",
    "irq_affinity": "/proc/irq/*/smp_affinity_list; irqbalance moves them, too",
    "thp": "/sys/kernel/mm/transparent_hugepage/enabled",
    "thp_defrag": "/sys/kernel/mm/transparent_hugepage/defrag",
    "workqueue_cpus": "/sys/devices/virtual/workqueue/cpumask",
    "preempt_mode": "/sys/kernel/debug/sched/preempt",
    "hrtick": "/sys/kernel/debug/sched/features",
    "clocksource": "/sys/devices/system/clocksource/clocksource0/current_clocksource",
    "cpus_online": f"{_CPUS}/cpu*/online",
    "smt": f"{_CPUS}/smt/control",
    "governor": f"{_CPUS}/cpu*/cpufreq/scaling_governor",
    "boost": f"{_CPUS}/cpufreq/boost or {_CPUS}/intel_pstate/no_turbo",
    "idle_governor": f"{_CPUS}/cpuidle/current_governor",
    "idle_states": f"{_CPUS}/cpu*/cpuidle/state*/disable",
    "idle_deepest": f"{_CPUS}/cpu*/cpuidle/state*/disable",
    "idle_states_off": f"{_CPUS}/cpu*/cpuidle/state*/disable",
    "halt_poll_ns": "/sys/module/haltpoll/parameters/guest_halt_poll_ns",
    "hostname": "sysctl kernel.hostname",
}
"""Facts that can be set back while the host runs, and where."""
IDENTITY = frozenset(
    {
        "arch",
        "container",
        "cpu_model",
        "hypervisor",
        "hypervisor_flag",
        "machine_id_hash",
        "machine_type",
    }
)
"""Facts that another machine has, and the same one keeps."""


@dataclass(frozen=True, slots=True)
class Change:
    """A fact about the host that is no longer what it was."""

    name: str
    before: str
    after: str

    def __str__(self) -> str:
        """As in records: ``timer_migration: 1 -> 0``."""
        return f"{self.name}: {self.before} -> {self.after}"

    @property
    def sentence(self) -> str:
        """``timer_migration was 1 and is 0``."""
        return f"{self.name} was {self.before} and is {self.after}"


def of_another_host(changes: Sequence[Change]) -> bool:
    """Whether they say that this is another machine, and not the same with other settings."""
    return any(change.name in IDENTITY for change in changes)


def to_undo(changes: Sequence[Change]) -> str:
    """How to get the same host back to what it was, as an imperative."""
    back = [
        f"set {change.name} back to {change.before} ({SETTINGS[change.name]})"
        for change in changes
        if change.name in SETTINGS
    ]
    if len(back) < len(changes):
        back.append("boot it with the kernel, its parameters and the hardware that it had")
    return _capitalised(" and ".join(back))


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
