from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from bench.host.facts import ROOT
from bench.host.kernel_config import enabled, integer, kernel_config
from bench.host.kernel_facts import (
    KERNEL_FACTS,
    boot_parameters,
    boot_parameters_hash,
    deferred_init,
    lockdown,
    preempt_mode,
    timer_resolution_ns,
)

Tree = Callable[[dict[str, str]], Path]
RELEASE = {"proc/sys/kernel/osrelease": "6.1.0-test\n"}
CONFIG = 'CONFIG_HZ=250\nCONFIG_NO_HZ_IDLE=y\n# CONFIG_KASAN is not set\nCONFIG_CC="gcc"\n'


def value(root: Path, name: str) -> object:
    return next(fact for fact in KERNEL_FACTS if fact.name == name).read(root)


@pytest.mark.parametrize("path", ["boot/config-6.1.0-test", "lib/modules/6.1.0-test/config"])
def test_configuration_in_a_file(tree: Tree, path: str) -> None:
    root = tree(RELEASE | {path: CONFIG})
    assert kernel_config(root) == {"HZ": "250", "NO_HZ_IDLE": "y", "CC": "gcc"}


def test_the_running_kernels_own_configuration_comes_first(tree: Tree) -> None:
    root = tree(RELEASE | {"boot/config-6.1.0-test": CONFIG})
    (root / "proc/config.gz").write_bytes(gzip.compress(b"CONFIG_HZ=1000\n"))
    assert integer("HZ")(root) == 1000


def test_without_a_configuration_nothing_is_guessed(tree: Tree) -> None:
    root = tree(RELEASE)
    assert kernel_config(root) is None
    assert integer("HZ")(root) is None
    assert enabled("HIGH_RES_TIMERS")(root) is None
    assert value(root, "slow_options") is None
    assert value(root, "preempt_configured") is None


def test_options(tree: Tree) -> None:
    root = tree(RELEASE | {"boot/config-6.1.0-test": CONFIG + "CONFIG_PROVE_LOCKING=y\n"})
    assert enabled("NO_HZ_IDLE")(root) is True
    assert enabled("KASAN")(root) is False
    assert value(root, "tick") == "idle"
    assert value(root, "slow_options") == "PROVE_LOCKING"


@pytest.mark.parametrize(
    ("options", "model"),
    [
        ("CONFIG_PREEMPT_RT=y\nCONFIG_PREEMPT_LAZY=y\n", "rt"),
        ("CONFIG_PREEMPT_VOLUNTARY=y\nCONFIG_PREEMPT_DYNAMIC=y\n", "voluntary"),
        ("CONFIG_PREEMPT=y\n", "full"),
    ],
)
def test_preemption_built_in(tree: Tree, options: str, model: str) -> None:
    root = tree(RELEASE | {"boot/config-6.1.0-test": options})
    assert value(root, "preempt_configured") == model


def test_preemption_in_force(tree: Tree) -> None:
    mounts = "none /sys/kernel/debug debugfs rw 0 0\n"
    root = tree(
        RELEASE
        | {
            "boot/config-6.1.0-test": "CONFIG_PREEMPT=y\nCONFIG_PREEMPT_DYNAMIC=y\n",
            "proc/mounts": "",
        }
    )
    assert preempt_mode(root) is None
    tree({"proc/mounts": mounts, "sys/kernel/debug/sched/preempt": "none (voluntary) full\n"})
    assert preempt_mode(root) == "voluntary"


def test_fixed_preemption_is_in_force(tree: Tree) -> None:
    root = tree(RELEASE | {"boot/config-6.1.0-test": "CONFIG_PREEMPT_NONE=y\n"})
    assert preempt_mode(root) == "none"


def test_boot_parameters_show_timing_and_nothing_private(tree: Tree) -> None:
    line = "root=UUID=5ec7e7 preempt=full mitigations=off haltpoll.x=1 -- nohz=off token=1\n"
    root = tree({"proc/cmdline": line})
    assert boot_parameters(root) == "preempt=full mitigations=off haltpoll.x=1"
    assert deferred_init(root) == "default"


def test_every_boot_parameter_is_in_the_hash(tree: Tree) -> None:
    first = boot_parameters_hash(tree({"proc/cmdline": "root=a quiet\n"}))
    second = boot_parameters_hash(tree({"proc/cmdline": "root=b quiet\n"}))
    assert first != second
    assert first is not None and len(first) == 16


def test_deferred_init(tree: Tree) -> None:
    assert deferred_init(tree({"proc/cmdline": "a deferred_init=lazy b\n"})) == "lazy"


def test_lockdown(tree: Tree) -> None:
    root = tree({"sys/kernel/security/lockdown": "none [integrity] confidentiality\n"})
    assert lockdown(root) == "integrity"


@pytest.mark.parametrize(
    ("features", "on"),
    [
        ("PLACE_LAG HRTICK HRTICK_DL\n", True),
        ("PLACE_LAG NO_HRTICK NO_HRTICK_DL\n", False),
        ("PLACE_LAG\n", None),
    ],
)
def test_hrtick(tree: Tree, features: str, on: bool | None) -> None:
    mounts = "debugfs /sys/kernel/debug debugfs rw 0 0\n"
    root = tree({"proc/mounts": mounts, "sys/kernel/debug/sched/features": features})
    assert value(root, "hrtick") is on


def test_hrtick_is_unknown_without_debugfs(tree: Tree) -> None:
    assert value(tree({"proc/mounts": ""}), "hrtick") is None


@pytest.mark.parametrize("option", ["CFI", "CFI_CLANG"])
def test_cfi_by_both_of_its_names(tree: Tree, option: str) -> None:
    files = {"proc/sys/kernel/osrelease": "6.1.0-test\n"}
    assert value(tree(files | {"boot/config-6.1.0-test": f"CONFIG_{option}=y\n"}), "cfi") is True


def test_the_resolution_of_timers_is_what_the_kernel_says(tree: Tree) -> None:
    assert value(tree({}), "timer_resolution_ns") is None, "a tree is no kernel"
    try:
        with Path("/proc/timer_list").open() as file:
            listed = re.search(r"\.resolution: +(\d+) nsecs", "".join(islice(file, 20)))
    except PermissionError:
        pytest.skip("/proc/timer_list is root's")
    assert listed and timer_resolution_ns(ROOT) == int(listed[1])
