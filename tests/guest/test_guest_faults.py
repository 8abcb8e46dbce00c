"""What happens to a host in mid-run, and hosts small and large: tried in guests."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.errors import BenchError
from bench.guest.host_files import CODE
from bench.guest.images import Image
from bench.guest.machine import Guest, GuestResult
from bench.store import RunFolder
from tests.guest.faulted import FAULTS, RUN, TRIALS, records
from tests.waiting import wait_until

Kernel = Callable[[str], Image]
NAME = "debian:6.12"
EMULATED_S = 1_500.0
TOOLS = ("Traceback", "bug in bench", "[Errno", "Exception ignored")
SPOILT = {"clock source", "cpu offline", "cpu offline between"}
"""By the others a trial is not touched: it reads no clock that can be set."""
HOST_TESTS = CODE / "tests/kernel/cli/test_confined.py"

pytestmark = pytest.mark.nightly


def told(guest: Guest, done: GuestResult) -> str:
    """All that the command said."""
    said = done.stdout.read_text() + done.stderr.read_text()
    for tool in TOOLS:
        assert tool not in said, said[-3000:]
    return said


def ran(guest: Guest, *words: str) -> tuple[GuestResult, str]:
    guest.start([guest.python, "-m", *words], env={"COLUMNS": "200"})
    done = guest.wait(EMULATED_S)
    return done, told(guest, done)


def reasons(record: dict[str, Any]) -> list[str]:
    return [text for text in (record.get("error"), *record["reasons"]) if text]


@pytest.fixture(scope="module")
def outcomes(kernel: Kernel, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    shared = tmp_path_factory.mktemp("faulted")
    with Guest(kernel(NAME), shared) as guest:
        guest.start([guest.python, "-m", "tests.guest.faulted", *FAULTS])
        done = guest.wait(EMULATED_S)
    said = done.stdout.read_text()
    assert done.exit_code == 0, done.stderr.read_text()[-3000:]
    return {one["fault"]: one for one in map(json.loads, said.splitlines())}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_host_loses_no_trial_and_is_explained(
    outcomes: dict[str, dict[str, Any]], fault: str
) -> None:
    seen = outcomes[fault]
    first, *later = seen["records"]
    assert seen["hit"] and seen["code"] in (0, 4), seen["said"][-2000:]
    assert first["status"] == "ok" or fault == "none", reasons(first)
    assert len({record["trial"] for record in seen["records"]}) == len(seen["records"])
    statuses = [record["status"] for record in later]
    if fault in SPOILT:
        assert "ok" not in statuses and statuses, statuses
        assert all(map(reasons, later))
    else:
        assert statuses == ["ok"] * (TRIALS - 1), [reasons(record) for record in later]
    for tool in TOOLS:
        assert tool not in seen["said"]


def test_a_run_goes_on_after_its_host_died_and_booted_anew(kernel: Kernel, shared: Path) -> None:
    results = shared / "results"
    with Guest(kernel(NAME), shared) as guest:
        guest.start([guest.python, "-m", "bench", *RUN, "--results", str(results)])
        wait_until("a record", lambda: records(results), seconds=EMULATED_S)
        time.sleep(1)
        with pytest.raises(BenchError, match="ended without an answer"):
            try:
                guest.monitor("quit")
            except BenchError:  # It has no time to answer.
                pass
            guest.wait(EMULATED_S)
    before = records(results)
    [run] = results.iterdir()
    assert 0 < len(before) < TRIALS
    with Guest(kernel(NAME), shared) as guest:
        done, said = ran(guest, "bench", "run", "--resume", str(run))
    after = records(results)
    assert done.exit_code == 0, said[-2000:]
    assert after[: len(before)] == before
    assert sorted(record["trial"] for record in after) == [1, 2, 3]
    assert {record["status"] for record in after} == {"ok"}, list(map(reasons, after))
    assert RunFolder.open(run).read()
    assert RunFolder.open(run).header.boot_id is None, "its trials are of two boots"


def test_a_control_group_of_the_unified_hierarchy_that_kills_is_named(
    kernel: Kernel, shared: Path
) -> None:
    """The host's own test: this host may have version 1 only."""
    with Guest(kernel(NAME), shared) as guest:
        chosen = ["-q", "-p", "no:cacheprovider", "-k", "kill_at_the_limit or control_group"]
        env = {"BENCH_REQUIRE_KERNEL": "1"}
        guest.start([guest.python, "-m", "pytest", *chosen, str(HOST_TESTS)], env=env)
        done = guest.wait(EMULATED_S)
    assert done.exit_code == 0, done.stdout.read_text()[-3000:]


SMALL = (
    "run --program resident --timeout 100ms --duration 1s --warmup 100ms --repeat 1 "
    "--arm-cpus all --controls none --max-steal 1 --observer procfs"
).split()
MACHINES = {
    "1 CPU": {"cpus": 1},
    "64 CPUs": {"cpus": 64},
    "64 possible, 2 online": {"cpus": 2, "parameters": ("possible_cpus=64",)},
}


@pytest.mark.parametrize("machine", MACHINES)
def test_few_cpus_and_many_measure(kernel: Kernel, shared: Path, machine: str) -> None:
    options: dict[str, Any] = MACHINES[machine]
    results = shared / "results"
    with Guest(kernel(NAME), shared, **options) as guest:
        words = [*SMALL, "--map-size", "640", "--results", str(results)]
        done, said = ran(guest, "bench", *words)
    [record] = records(results)
    assert done.exit_code in (0, 4), said[-2000:]
    assert record["status"] == "ok" or reasons(record), said[-2000:]
    assert record["ledger"]["fired"] > 0, record


def test_512_mib_measure_what_fits_and_name_what_does_not(kernel: Kernel, shared: Path) -> None:
    results = shared / "results"
    with Guest(kernel(NAME), shared, memory_mib=512) as guest:
        sizes = ["--map-size", "100,4m", "--results", str(results), "--allow-overload=debian-6-12"]
        _, said = ran(guest, "bench", *SMALL, *sizes)
    assert "MiB of kernel memory" in said and "MemAvailable" in said, said[-2000:]
