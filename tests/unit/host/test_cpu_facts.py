from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.host.cpu_facts import (
    CPUS,
    boost,
    cpu_model,
    governor,
    hypervisor_flag,
    idle_deepest,
    idle_states,
    idle_states_off,
    mitigations,
    smt,
)

Tree = Callable[[dict[str, str]], Path]


@pytest.mark.parametrize(
    ("cpuinfo", "model"),
    [
        ("processor\t: 0\nmodel name\t: AMD EPYC 7B13\n", "AMD EPYC 7B13"),
        (
            "CPU implementer\t: 0x41\nCPU part\t: 0xd0c\n",
            "implementer 0x41 part 0xd0c",
        ),
        ("processor\t: 0\n", None),
    ],
)
def test_model(tree: Tree, cpuinfo: str, model: str | None) -> None:
    assert cpu_model(tree({"proc/cpuinfo": cpuinfo})) == model


@pytest.mark.parametrize(
    ("flags", "expected"), [("fpu hypervisor lm", True), ("fpu lm", False), (None, None)]
)
def test_hypervisor_flag(tree: Tree, flags: str | None, expected: bool | None) -> None:
    line = "Features\t: fp\n" if flags is None else f"flags\t\t: {flags}\n"
    assert hypervisor_flag(tree({"proc/cpuinfo": line})) is expected


def test_smt(tree: Tree) -> None:
    root = tree({f"{CPUS}/smt/active": "0\n", f"{CPUS}/smt/control": "off\n"})
    assert smt(root) == "off"
    assert smt(tree({f"{CPUS}/smt/active": "1\n"})) == "active"


def test_smt_is_unknown_without_its_files(tree: Tree) -> None:
    assert smt(tree({})) is None


def test_governors(tree: Tree) -> None:
    names = {0: "performance", 1: "performance", 10: "powersave"}
    root = tree({f"{CPUS}/cpu{n}/cpufreq/scaling_governor": g for n, g in names.items()})
    assert governor(root) == "performance (cpu 0,1), powersave (cpu 10)"


@pytest.mark.parametrize(
    ("path", "content", "state"),
    [
        ("cpufreq/boost", "1", "on"),
        ("cpufreq/boost", "0", "off"),
        ("intel_pstate/no_turbo", "0", "on"),
        ("intel_pstate/no_turbo", "1", "off"),
        ("online", "0", None),
    ],
)
def test_boost(tree: Tree, path: str, content: str, state: str | None) -> None:
    assert boost(tree({f"{CPUS}/{path}": content})) == state


def idle(cpu: int, state: int, name: str, disable: int) -> dict[str, str]:
    folder = f"{CPUS}/cpu{cpu}/cpuidle/state{state}"
    return {f"{folder}/name": f"{name}\n", f"{folder}/disable": f"{disable}\n"}


def test_idle_states(tree: Tree) -> None:
    root = tree(idle(0, 0, "POLL", 0) | idle(0, 1, "C1", 0) | idle(0, 10, "C10", 1))
    assert idle_states(root) == "POLL, C1, C10 (off)"


def test_idle_states_of_other_cpus(tree: Tree) -> None:
    both = idle(0, 0, "POLL", 0) | idle(0, 1, "C1", 1) | idle(1, 0, "POLL", 0)
    root = tree(both | idle(1, 1, "C1", 0))
    assert idle_states_off(root) == "1 (cpu 0), none (cpu 1)"


def test_idle_states_are_unknown_without_cpuidle(tree: Tree) -> None:
    assert idle_states(tree({})) is None
    assert idle_states_off(tree({})) is None


def test_mitigations_name_what_affects_the_cpu(tree: Tree) -> None:
    folder = f"{CPUS}/vulnerabilities"
    root = tree({f"{folder}/mds": "Not affected\n", f"{folder}/spectre_v1": "Mitigation: x\n"})
    assert mitigations(root) == "spectre_v1: Mitigation: x"
    assert mitigations(tree({f"{folder}/spectre_v1": "Not affected\n"})) == "none"


def test_mitigations_are_unknown_without_the_folder(tree: Tree) -> None:
    assert mitigations(tree({})) is None


def test_the_deepest_idle_state_in_use(tree: Tree) -> None:
    root = tree(idle(0, 0, "POLL", 0) | idle(0, 1, "C1", 0) | idle(0, 2, "C6", 1))
    for state, latency in ((0, 0), (1, 2), (2, 133)):
        (root / CPUS / f"cpu0/cpuidle/state{state}/latency").write_text(f"{latency}\n")
    assert idle_deepest(root) == "C1, 2 us"
    for state in (0, 1):
        (root / CPUS / f"cpu0/cpuidle/state{state}/disable").write_text("1\n")
    assert idle_deepest(root) == "none"
