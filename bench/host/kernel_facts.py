"""Facts about the kernel: version, configuration, settings that move timers and BPF."""

from __future__ import annotations

import hashlib
import platform
import shlex
from pathlib import Path

from bench.host.facts import NOTHING, ROOT, Fact, Value, chosen, fixed, text, text_of
from bench.host.kernel_config import all_of, enabled, integer, one_of
from bench.host.mounts import find_mounts

SLOW_OPTIONS = (
    "KASAN",
    "KCSAN",
    "KMSAN",
    "UBSAN",
    "PROVE_LOCKING",
    "LOCK_STAT",
    "DEBUG_PREEMPT",
    "DEBUG_OBJECTS_TIMERS",
    "SLUB_DEBUG_ON",
    "KFENCE",
    "FUNCTION_GRAPH_TRACER",
)
"""Debugging aids that cost time in timers, BPF or the network."""
PARAMETERS = (
    "clocksource",
    "cpufreq",
    "cpuidle",
    "deferred_init",
    "haltpoll",
    "hpet",
    "idle",
    "intel_idle",
    "irqaffinity",
    "isolcpus",
    "mitigations",
    "nohz",
    "nohz_full",
    "nosmt",
    "preempt",
    "processor",
    "random_kmalloc_caches",
    "rcu_nocbs",
    "rcu_nocb_poll",
    "skew_tick",
    "slab_nomerge",
    "slub_debug",
    "threadirqs",
    "tsc",
)
"""Boot parameters, or the module before the dot, that are shown by themselves."""
PREEMPTION = {
    "PREEMPT_RT": "rt",
    "PREEMPT_NONE": "none",
    "PREEMPT_VOLUNTARY": "voluntary",
    "PREEMPT_LAZY": "lazy",
    "PREEMPT": "full",
}
"""Option -> model; RT comes first, as newer kernels set it beside another model."""
TICKS = {"NO_HZ_FULL": "full", "NO_HZ_IDLE": "idle", "HZ_PERIODIC": "periodic"}


def boot_parameters(root: Path) -> str | None:
    """Boot parameters that bear on timing; the others may be private."""
    line = text(root, "proc/cmdline")
    if line is None:
        return None
    return " ".join(word for word in _words(line) if _matters(word)) or NOTHING


def boot_parameters_hash(root: Path) -> str | None:
    """First 16 hex digits of the SHA-256 of the whole boot command line."""
    line = text(root, "proc/cmdline")
    return None if line is None else hashlib.sha256(line.encode()).hexdigest()[:16]


def deferred_init(root: Path) -> str | None:
    """How struct pages are initialised: ``deferred_init=`` of the command line, or ``default``."""
    line = text(root, "proc/cmdline")
    if line is None:
        return None
    given = [word.partition("=")[2] for word in _words(line) if word.startswith("deferred_init=")]
    return given[-1] if given else "default"


def preempt_mode(root: Path) -> str | None:
    """Preemption in force; with PREEMPT_DYNAMIC known only where debugfs is mounted.

    Source: ``sched_dynamic_show`` in ``kernel/sched/debug.c``: ``(none) voluntary full``.
    """
    if enabled("PREEMPT_DYNAMIC")(root) is False:
        return _as_text(one_of(PREEMPTION)(root))
    debugfs = find_mounts(root / "proc").debugfs if (root / "proc/mounts").exists() else None
    if debugfs is None:
        return None
    line = text(root, f"{debugfs.relative_to('/')}/sched/preempt")
    return chosen((line or "").replace("(", "[").replace(")", "]"))


def machine(root: Path) -> str | None:
    """Machine type as ``uname -m`` says; the file exists since 6.1."""
    return text(root, "proc/sys/kernel/arch") or (platform.machine() if root == ROOT else None)


def lockdown(root: Path) -> str | None:
    """Kernel lockdown mode; None where securityfs is not mounted."""
    return chosen(text(root, "sys/kernel/security/lockdown"))


def _words(line: str) -> list[str]:
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    # What follows "--" is for init.
    return words[: words.index("--")] if "--" in words else words


def _matters(word: str) -> bool:
    name = word.partition("=")[0]
    return name in PARAMETERS or name.partition(".")[0] in PARAMETERS


def _as_text(value: Value) -> str | None:
    return None if value is None else str(value)


KERNEL_FACTS = (
    fixed("kernel_release", "release of the running kernel", text_of("proc/sys/kernel/osrelease")),
    fixed("kernel_version", "its build", text_of("proc/sys/kernel/version")),
    fixed("arch", "machine type", machine),
    fixed("hz", "ticks per second", integer("HZ")),
    fixed("tick", "when the tick stops: idle, full or periodic", one_of(TICKS)),
    fixed("high_res_timers", "high resolution timers built in", enabled("HIGH_RES_TIMERS")),
    fixed("preempt_configured", "preemption model built in", one_of(PREEMPTION)),
    fixed("preempt_dynamic", "may be changed at boot", enabled("PREEMPT_DYNAMIC")),
    Fact("preempt_mode", "preemption in force", preempt_mode),
    fixed(
        "irq_time_accounting",
        "irq time kept out of tasks' CPU time",
        enabled("IRQ_TIME_ACCOUNTING"),
    ),
    fixed("steal_accounting", "stolen time kept out of it", enabled("PARAVIRT_TIME_ACCOUNTING")),
    fixed(
        "deferred_page_init", "struct pages initialised late", enabled("DEFERRED_STRUCT_PAGE_INIT")
    ),
    fixed("deferred_init", "how, by boot parameter", deferred_init),
    fixed("random_kmalloc_caches", "kmalloc split by caller", enabled("RANDOM_KMALLOC_CACHES")),
    fixed("slow_options", "costly debugging aids built in", all_of(SLOW_OPTIONS, NOTHING)),
    fixed("bpf_jit_always_on", "no BPF interpreter built in", enabled("BPF_JIT_ALWAYS_ON")),
    Fact("lockdown", "kernel lockdown mode", lockdown),
    fixed("boot_parameters", "those that bear on timing", boot_parameters),
    fixed("boot_parameters_hash", "SHA-256 of the whole line, 16 digits", boot_parameters_hash),
)
