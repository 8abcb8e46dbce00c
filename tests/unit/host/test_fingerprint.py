"""The fingerprint of a folder, of this host against other tools, and differences."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from bench.host.changes import Change
from bench.host.fingerprint import FACTS, drift, fingerprint


def output(*command: str) -> str:
    """What another tool says; the test is skipped where there is no such tool."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def test_an_empty_tree_tells_nothing(tmp_path: Path) -> None:
    assert set(fingerprint(tmp_path).values()) == {None}


def test_names_are_unique() -> None:
    assert len({fact.name for fact in FACTS}) == len(FACTS)


def test_it_survives_json_and_does_not_move_by_itself() -> None:
    seen = fingerprint()
    assert json.loads(json.dumps(seen)) == seen
    assert drift(seen, fingerprint()) == []


def test_drift_names_the_fact_and_both_values() -> None:
    before = {"governor": "performance", "hz": 250, "gone": 1, "was_unknown": None}
    after = {"governor": "powersave", "hz": 250, "was_unknown": 3, "new": 1}
    assert drift(before, after) == [Change("governor", "performance", "powersave")]


def test_kernel_against_uname() -> None:
    seen = fingerprint()
    assert seen["kernel_release"] == output("uname", "-r")
    assert seen["kernel_version"] == output("uname", "-v")
    assert seen["arch"] == output("uname", "-m") == platform.machine()
    assert seen["hostname"] == output("uname", "-n")


@pytest.mark.parametrize(
    ("fact", "key"),
    [
        ("timer_migration", "kernel.timer_migration"),
        ("bpf_jit_enable", "net.core.bpf_jit_enable"),
        ("netdev_budget", "net.core.netdev_budget"),
    ],
)
def test_settings_against_sysctl(fact: str, key: str) -> None:
    said = output("sysctl", "-n", key)
    assert fingerprint()[fact] == (int(said) if said else None)


def test_cpus_against_lscpu() -> None:
    rows = json.loads(output("lscpu", "--json"))["lscpu"]
    seen, said = fingerprint(), {row["field"].rstrip(":"): row["data"] for row in rows}
    assert seen["cpu_model"] == said.get("Model name")
    assert (seen["smt"] == "active") == (int(said.get("Thread(s) per core", 1)) > 1)
    assert not seen["hypervisor_flag"] or "Hypervisor vendor" in said


def test_cpus_against_getconf() -> None:
    ranges = str(fingerprint()["cpus_online"]).split(",")
    ends = [[int(end) for end in part.split("-")] for part in ranges]
    count = sum(end[-1] - end[0] + 1 for end in ends)
    assert count == int(output("getconf", "_NPROCESSORS_ONLN"))


def test_memory_against_sysconf() -> None:
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // (1 << 20)
    memory = fingerprint()["memory_mib"]
    assert isinstance(memory, int)
    assert abs(memory - pages) <= 1


def test_tick_against_the_clock_resolution() -> None:
    """CLOCK_MONOTONIC_COARSE advances once a tick; its resolution is 1 / HZ."""
    hz = fingerprint()["hz"]
    if hz is None:
        pytest.skip("no kernel configuration here")
    assert isinstance(hz, int)
    coarse = 6
    assert time.clock_getres(coarse) == pytest.approx(1 / hz, rel=0.01)
