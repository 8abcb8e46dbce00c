"""Whatever the role ``tune`` can set, and whatever else may change, is seen when it changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from bench.host.fingerprint import FACTS, Watch
from tests.unit.host_tree import ksoftirqd_files

Tree = Callable[[dict[str, str]], Path]
ROLE = Path(__file__).parents[3] / "playbooks/roles/tune"
CPU = "sys/devices/system/cpu"
KERNEL = "proc/sys/kernel"
HOST = {
    **ksoftirqd_files({0: (0, 0, 0), 1: (0, 0, 0)}),
    f"{CPU}/online": "0,1\n",
    f"{CPU}/isolated": "\n",
    f"{CPU}/smt/active": "1\n",
    f"{CPU}/cpufreq/boost": "1\n",
    f"{CPU}/cpuidle/current_driver": "acpi_idle\n",
    f"{CPU}/cpuidle/current_governor_ro": "menu\n",
    f"{CPU}/vulnerabilities/spectre_v2": "Mitigation: Retpolines\n",
    **{f"{CPU}/cpu{n}/cpufreq/scaling_governor": "powersave\n" for n in (0, 1)},
    **{f"{CPU}/cpu{n}/cpuidle/state{s}/disable": "0\n" for n in (0, 1) for s in (0, 1)},
    **{f"{CPU}/cpu{n}/cpuidle/state{s}/name": f"C{s}\n" for n in (0, 1) for s in (0, 1)},
    **{f"proc/irq/{n}/smp_affinity_list": "0-1\n" for n in (24, 25)},
    f"{KERNEL}/timer_migration": "1\n",
    f"{KERNEL}/bpf_stats_enabled": "0\n",
    f"{KERNEL}/numa_balancing": "0\n",
    f"{KERNEL}/sched_rt_runtime_us": "950000\n",
    f"{KERNEL}/watchdog": "1\n",
    "proc/cpuinfo": "processor: 0\nmicrocode: 0x1\n",
    "proc/meminfo": "MemTotal:  8388608 kB\n",
    "proc/sys/net/core/netdev_budget": "300\n",
    "proc/sys/net/ipv4/ip_local_port_range": "32768\t60999\n",
    "sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc\n",
    "sys/devices/system/clockevents/clockevent0/current_device": "lapic-deadline\n",
    "sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never\n",
    "sys/kernel/security/lockdown": "[none] integrity confidentiality\n",
    "sys/module/haltpoll/parameters/guest_halt_poll_ns": "200000\n",
}
TUNABLES: dict[str, tuple[dict[str, str], str]] = {
    "governor": (
        {f"{CPU}/cpu1/cpufreq/scaling_governor": "performance"},
        "governor: powersave -> powersave (cpu 0), performance (cpu 1)",
    ),
    "idle_latency_us": (
        {f"{CPU}/cpu1/cpuidle/state1/disable": "1"},
        "idle_states_off: none -> none (cpu 0), 1 (cpu 1)",
    ),
    "irq_cpus": ({"proc/irq/25/smp_affinity_list": "1"}, "irq_affinity: irq 25: 0-1 -> irq 25: 1"),
    "timer_migration": ({f"{KERNEL}/timer_migration": "0"}, "timer_migration: 1 -> 0"),
    "bpf_stats": ({f"{KERNEL}/bpf_stats_enabled": "1"}, "bpf_stats_enabled: 0 -> 1"),
    "ksoftirqd": (
        ksoftirqd_files({0: (0, 10, 1), 1: (0, 10, 1)}),
        "ksoftirqd_scheduling: other:0 -> fifo:10",
    ),
}
"""Setting of the role -> files that it changes, and how the change is told."""
OTHERS: list[tuple[dict[str, str], str]] = [
    (ksoftirqd_files({0: (0, 0, 0), 1: (-5, 0, 0)}), "other:0 (cpu 0), other:-5 (cpu 1)"),
    (ksoftirqd_files({0: (0, 1, 2), 1: (0, 1, 2)}), "ksoftirqd_scheduling: other:0 -> rr:1"),
    (
        {"sys/devices/system/clocksource/clocksource0/current_clocksource": "hpet"},
        "clocksource: tsc -> hpet",
    ),
    (
        {"sys/devices/system/clockevents/clockevent0/current_device": "hpet"},
        "clockevent: lapic-deadline -> hpet",
    ),
    ({f"{CPU}/online": "0"}, "cpus_online: 0,1 -> 0"),
    ({f"{CPU}/smt/active": "0", f"{CPU}/smt/control": "off"}, "smt: active -> off"),
    ({f"{CPU}/cpufreq/boost": "0"}, "boost: on -> off"),
    (
        {"sys/kernel/mm/transparent_hugepage/enabled": "[always] madvise never"},
        "thp: madvise -> always",
    ),
    ({f"{KERNEL}/numa_balancing": "1"}, "numa_balancing: 0 -> 1"),
    ({f"{KERNEL}/sched_rt_runtime_us": "-1"}, "sched_rt_runtime_us: 950000 -> -1"),
    ({f"{KERNEL}/watchdog": "0"}, "watchdog: 1 -> 0"),
    ({"proc/sys/net/core/netdev_budget": "600"}, "netdev_budget: 300 -> 600"),
    (
        {"proc/sys/net/ipv4/ip_local_port_range": "20000\t60999"},
        "local_ports: 32768-60999 -> 20000-60999",
    ),
    (
        {"sys/kernel/security/lockdown": "none [integrity] confidentiality"},
        "lockdown: none -> integrity",
    ),
    ({"proc/meminfo": "MemTotal:  4194304 kB\n"}, "memory_mib: 8192 -> 4096"),
    ({"proc/cpuinfo": "processor: 0\nmicrocode: 0x2\n"}, "cpu_microcode: 0x1 -> 0x2"),
    (
        {f"{CPU}/vulnerabilities/spectre_v2": "Vulnerable\n"},
        "mitigations: spectre_v2: Mitigation: Retpolines -> spectre_v2: Vulnerable",
    ),
    ({"sys/module/haltpoll/parameters/guest_halt_poll_ns": "0"}, "halt_poll_ns: 200000 -> 0"),
]


def test_the_table_has_every_setting_of_the_role() -> None:
    variables = yaml.safe_load((ROLE / "vars/main.yml").read_text())
    assert set(TUNABLES) == set(variables["__tune_all"])


@pytest.mark.parametrize(("files", "told"), [*TUNABLES.values(), *OTHERS])
def test_a_change_is_told_until_it_is_put_back(
    tree: Tree, files: dict[str, str], told: str
) -> None:
    watch = Watch.begin(root=tree(HOST))
    assert watch.drifted() == []
    tree(files)
    (line,) = watch.drifted()
    assert str(line).endswith(told)
    tree({path: HOST[path] for path in files if path in HOST})
    assert watch.drifted() == []


def test_only_what_cannot_change_while_the_kernel_runs_is_looked_at_once() -> None:
    built_in = {fact.name for fact in FACTS if fact.fixed}
    settings = {line.partition(":")[0] for _, line in TUNABLES.values()}
    assert not settings & built_in
    assert built_in >= {"kernel_release", "hz", "cpu_model", "machine_id_hash"}
