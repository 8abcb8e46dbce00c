"""Facts about the kernel: version, configuration, settings that move timers and BPF."""

from __future__ import annotations

import hashlib
import platform
import shlex
import time
from pathlib import Path

from bench import facts
from bench.host.facts import NOTHING, ROOT, Value, chosen, text, text_of, with_readers
from bench.host.kernel_config import all_of, either, enabled, integer, one_of
from bench.host.mounts import find_mounts
from bench.units import NS_PER_S

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
    "highres",
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
    line = _debugfs(root, "sched/preempt")
    return line and chosen(line.replace("(", "[").replace(")", "]"))


def hrtick(root: Path = ROOT) -> bool | None:
    """Whether the scheduler ends time slices by hrtimers; known only where debugfs is mounted.

    Source: ``sched_feat_show`` in ``kernel/sched/debug.c``.
    """
    features = (_debugfs(root, "sched/features") or "").split()
    return "HRTICK" in features if {"HRTICK", "NO_HRTICK"} & set(features) else None


def timer_resolution_ns(root: Path) -> int | None:
    """1 where hrtimers fire between ticks, a tick's length where they do not (``highres=off``).

    Source: ``hrtimer_get_res`` in ``kernel/time/hrtimer.c``.
    """
    return round(time.clock_getres(time.CLOCK_MONOTONIC) * NS_PER_S) if root == ROOT else None


def _debugfs(root: Path, file: str) -> str | None:
    debugfs = find_mounts(root / "proc").debugfs if (root / "proc/mounts").exists() else None
    return None if debugfs is None else text(root, f"{debugfs.relative_to('/')}/{file}")


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


KERNEL_FACTS = with_readers(
    facts.KERNEL,
    {
        "kernel_release": text_of("proc/sys/kernel/osrelease"),
        "kernel_version": text_of("proc/sys/kernel/version"),
        "arch": machine,
        "hz": integer("HZ"),
        "tick": one_of(TICKS),
        "high_res_timers": enabled("HIGH_RES_TIMERS"),
        "timer_resolution_ns": timer_resolution_ns,
        "hrtick": hrtick,
        "cfi": either(enabled("CFI"), enabled("CFI_CLANG")),
        "preempt_configured": one_of(PREEMPTION),
        "preempt_dynamic": enabled("PREEMPT_DYNAMIC"),
        "preempt_mode": preempt_mode,
        "irq_time_accounting": enabled("IRQ_TIME_ACCOUNTING"),
        "steal_accounting": enabled("PARAVIRT_TIME_ACCOUNTING"),
        "deferred_page_init": enabled("DEFERRED_STRUCT_PAGE_INIT"),
        "deferred_init": deferred_init,
        "random_kmalloc_caches": enabled("RANDOM_KMALLOC_CACHES"),
        "slow_options": all_of(SLOW_OPTIONS, NOTHING),
        "bpf_jit_always_on": enabled("BPF_JIT_ALWAYS_ON"),
        "lockdown": lockdown,
        "boot_parameters": boot_parameters,
        "boot_parameters_hash": boot_parameters_hash,
    },
)
