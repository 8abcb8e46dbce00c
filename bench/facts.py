"""Facts of a host that decide what a measurement is worth: their names and meanings.

How each is read stands in :mod:`bench.host`; whoever reads a run needs to know only this.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HostFact:
    """One stable property of a host.

    Attributes:
        name: Key in ``run.json``.
        meaning: What it is, in a few words, with the unit of a number.
        fixed: It cannot change while the kernel runs, so one look at it is enough.
    """

    name: str
    meaning: str
    fixed: bool = False


def fixed(name: str, meaning: str) -> HostFact:
    """A fact that cannot change while the kernel runs."""
    return HostFact(name, meaning, fixed=True)


KERNEL = (
    fixed("kernel_release", "release of the running kernel"),
    fixed("kernel_version", "its build"),
    fixed("arch", "machine type"),
    fixed("hz", "ticks per second"),
    fixed("tick", "when the tick stops: idle, full or periodic"),
    fixed("high_res_timers", "high resolution timers built in"),
    fixed("timer_resolution_ns", "1, or the ns of a tick on which all timers fire"),
    HostFact("hrtick", "time slices end by hrtimers"),
    fixed("cfi", "indirect calls are checked"),
    fixed("preempt_configured", "preemption model built in"),
    fixed("preempt_dynamic", "may be changed at boot"),
    HostFact("preempt_mode", "preemption in force"),
    fixed("irq_time_accounting", "irq time kept out of tasks' CPU time"),
    fixed("steal_accounting", "stolen time kept out of it"),
    fixed("deferred_page_init", "struct pages initialised late"),
    fixed("deferred_init", "how, by boot parameter"),
    fixed("random_kmalloc_caches", "kmalloc split by caller"),
    fixed("slow_options", "costly debugging aids built in"),
    fixed("bpf_jit_always_on", "no BPF interpreter built in"),
    HostFact("lockdown", "kernel lockdown mode"),
    fixed("boot_parameters", "those that bear on timing"),
    fixed("boot_parameters_hash", "SHA-256 of the whole line, 16 digits"),
)
SETTINGS = (
    HostFact("ksoftirqd_scheduling", "policy and priority or nice"),
    HostFact("irq_affinity", "CPUs that may serve devices"),
    HostFact("clocksource", "clock that is read"),
    HostFact("clockevent", "device that interrupts CPU 0 for timers"),
    HostFact("tick_broadcast", "device that wakes CPUs whose own stops"),
    HostFact("timer_migration", "unpinned timers may move"),
    HostFact("bpf_stats_enabled", "run statistics by sysctl"),
    HostFact("sched_rt_runtime_us", "us of a second for real-time threads"),
    HostFact("numa_balancing", "pages move to their users"),
    HostFact("watchdog", "detector of lock-ups runs"),
    HostFact("nmi_watchdog", "and that of hard ones"),
    HostFact("stat_interval", "seconds between updates of statistics"),
    HostFact("thp", "transparent huge pages"),
    HostFact("thp_defrag", "memory is moved for them"),
    HostFact("workqueue_cpus", "mask of CPUs for unbound kernel work"),
    HostFact("bpf_jit_enable", "0 off, 1 on, 2 on with debugging"),
    HostFact("bpf_jit_harden", "0 off, 1 unprivileged, 2 all"),
    HostFact("netdev_budget", "packets per NET_RX round"),
    HostFact("netdev_budget_usecs", "us per NET_RX round"),
    HostFact("netdev_max_backlog", "packets that may wait for a CPU"),
    HostFact("rps_sock_flow_entries", "flows steered to their users' CPUs"),
    HostFact("busy_poll", "us of polling for packets"),
    HostFact("somaxconn", "connections that may wait to be accepted"),
    HostFact("tcp_max_syn_backlog", "and to be established"),
    HostFact("tcp_syncookies", "1 when too many wait, 2 always"),
    HostFact("tcp_tw_reuse", "ports in TIME_WAIT used again"),
    HostFact("local_ports", "source ports, first and last"),
)
CPU = (
    fixed("cpu_model", "name of the CPU"),
    HostFact("cpu_microcode", "its microcode"),
    HostFact("cpus_online", "CPUs in use"),
    fixed("cpus_isolated", "CPUs kept from the scheduler"),
    fixed("cpus_nohz_full", "CPUs without a tick under a single task"),
    HostFact("smt", "simultaneous multithreading"),
    HostFact("governor", "frequency governor"),
    HostFact("boost", "frequencies above nominal"),
    fixed("idle_driver", "idle driver"),
    HostFact("idle_governor", "idle governor"),
    HostFact("idle_states", "idle states of CPU 0"),
    HostFact("idle_states_off", "indices of disabled idle states"),
    HostFact("idle_deepest", "deepest one in use, and us to leave it"),
    HostFact("halt_poll_ns", "ns a guest polls before it halts"),
    HostFact("mitigations", "vulnerabilities that affect it"),
    fixed("hypervisor_flag", "CPU says that it is a guest's"),
)
MACHINE = (
    HostFact("memory_mib", "memory the kernel manages, MiB"),
    HostFact("numa_nodes", "NUMA nodes in use"),
    fixed("machine_type", "vendor and product"),
    fixed("hypervisor", "kind of virtual machine"),
    fixed("container", "kind of container"),
    fixed("os_id", "distribution"),
    fixed("os_version", "its version"),
    fixed("os_name", "name and version for people"),
    HostFact("hostname", "name of the host"),
    fixed("machine_id_hash", "identity of the installation"),
)
