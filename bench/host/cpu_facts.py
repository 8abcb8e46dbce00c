"""Facts about the CPUs: model, topology, frequency, idle states, mitigations."""

from __future__ import annotations

import re
from pathlib import Path

from bench import facts
from bench.host.facts import (
    NOTHING,
    Reader,
    number,
    number_of,
    shrunk,
    text,
    text_of,
    with_readers,
)

CPUS = "sys/devices/system/cpu"
_MODEL_KEYS = ("model name", "Model", "cpu model", "cpu", "uarch")
"""Spellings of x86, arm (32 bit), mips, powerpc and riscv in /proc/cpuinfo."""


def cpuinfo(root: Path, key: str) -> str | None:
    """First value of ``key`` in ``/proc/cpuinfo``."""
    for line in (text(root, "proc/cpuinfo") or "").splitlines():
        name, separator, value = line.partition(":")
        if separator and name.strip() == key:
            return value.strip()
    return None


def cpu_model(root: Path) -> str | None:
    """Name of the CPU, or on arm64, which has none, its implementer and part numbers."""
    named = next((found for key in _MODEL_KEYS if (found := cpuinfo(root, key))), None)
    maker, part = cpuinfo(root, "CPU implementer"), cpuinfo(root, "CPU part")
    return named or (f"implementer {maker} part {part}" if maker and part else None)


def smt(root: Path) -> str | None:
    """Simultaneous multithreading: ``active``, or the reason why not (``off``, ...)."""
    active = number(root, f"{CPUS}/smt/active")
    return "active" if active == 1 else text(root, f"{CPUS}/smt/control")


def governor(root: Path) -> str | None:
    """Frequency governor, or each with its CPUs; None where frequency is not managed."""
    said = {cpu: text(path, "cpufreq/scaling_governor") for cpu, path in _cpu_folders(root).items()}
    return shrunk({cpu: name for cpu, name in said.items() if name})


def boost(root: Path) -> str | None:
    """Whether frequencies above nominal are allowed: ``on`` or ``off``."""
    allowed = number(root, f"{CPUS}/cpufreq/boost")
    forbidden = number(root, f"{CPUS}/intel_pstate/no_turbo")
    if allowed is None and forbidden is None:
        return None
    return "on" if allowed == 1 or forbidden == 0 else "off"


def idle_states(root: Path) -> str | None:
    """Idle states of CPU 0 in order, with ``(off)`` after disabled ones."""
    states = _states(root)
    return None if states is None else ", ".join(map(_idle_state, states)) or NOTHING


def idle_states_off(root: Path) -> str | None:
    """Indices of disabled idle states, as ``1/2``; of every CPU, if they do not agree."""
    if not (root / CPUS / "cpu0/cpuidle").is_dir():
        return None
    return shrunk({cpu: _states_off(folder) for cpu, folder in _cpu_folders(root).items()})


def idle_deepest(root: Path) -> str | None:
    """The deepest idle state of CPU 0 that is not disabled, and the microseconds to leave it."""
    states = _states(root)
    if states is None:
        return None
    used = [state for state in states if text(state, "disable") in ("0", None)]
    if not used:
        return NOTHING
    return f"{text(used[-1], 'name') or used[-1].name}, {number(used[-1], 'latency')} us"


def mitigations(root: Path) -> str | None:
    """What is said of every vulnerability that affects this CPU, and of no other."""
    folder = root / CPUS / "vulnerabilities"
    if not folder.is_dir():
        return None
    said = {path.name: text(folder, path.name) or "unknown" for path in sorted(folder.iterdir())}
    affected = [f"{name}: {state}" for name, state in said.items() if state != "Not affected"]
    return " | ".join(affected) or NOTHING


def hypervisor_flag(root: Path) -> bool | None:
    """Whether the CPU itself says that it is a guest's; None where it cannot (not x86)."""
    flags = cpuinfo(root, "flags")
    return None if flags is None else "hypervisor" in flags.split()


def _cpu_folders(root: Path) -> dict[int, Path]:
    found = (path for path in (root / CPUS).glob("cpu*") if re.fullmatch(r"cpu\d+", path.name))
    return dict(sorted((int(path.name[3:]), path) for path in found))


def _states(root: Path) -> list[Path] | None:
    """Idle states of CPU 0, from shallow to deep; None where it has none to choose from."""
    folder = root / CPUS / "cpu0/cpuidle"
    if not folder.is_dir():
        return None
    return sorted(folder.glob("state*"), key=lambda path: int(path.name[5:]))


def _states_off(cpu: Path) -> str:
    states = cpu.glob("cpuidle/state*/disable")
    off = (int(path.parent.name[5:]) for path in states if text(path.parent, path.name) != "0")
    return "/".join(str(index) for index in sorted(off)) or NOTHING


def _idle_state(folder: Path) -> str:
    name = text(folder, "name") or folder.name
    return f"{name} (off)" if text(folder, "disable") not in ("0", None) else name


def _cpuinfo_of(key: str) -> Reader:
    return lambda root: cpuinfo(root, key)


CPU_FACTS = with_readers(
    facts.CPU,
    {
        "cpu_model": cpu_model,
        "cpu_microcode": _cpuinfo_of("microcode"),
        "cpus_online": text_of(f"{CPUS}/online"),
        "cpus_isolated": text_of(f"{CPUS}/isolated"),
        "cpus_nohz_full": text_of(f"{CPUS}/nohz_full"),
        "smt": smt,
        "governor": governor,
        "boost": boost,
        "idle_driver": text_of(f"{CPUS}/cpuidle/current_driver"),
        "idle_governor": text_of(f"{CPUS}/cpuidle/current_governor_ro"),
        "idle_states": idle_states,
        "idle_states_off": idle_states_off,
        "idle_deepest": idle_deepest,
        "halt_poll_ns": number_of("sys/module/haltpoll/parameters/guest_halt_poll_ns"),
        "mitigations": mitigations,
        "hypervisor_flag": hypervisor_flag,
    },
)
