"""Where CPUs, memory or files are short, bench answers or says clearly why it cannot."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.host.cpus import find_cpus, format_cpu_list
from tests.kernel.confinement import Prefix, confined, hog, limit, within
from tests.running import ended, running
from tests.waiting import wait_until

BENCH = (sys.executable, "-m", "bench")
SMALL = "run --program resident --timeout 10ms --duration 100ms --warmup 10ms".split()
CALM = "--observer procfs --controls none --max-steal 1".split()
MEMORY = 300 << 20
OVERLOAD = f"--allow-overload={os.uname().nodename}"


def bench(prefix: Prefix, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*prefix, *BENCH, *words],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "200"},
        check=False,
        timeout=120,
    )
    for line in ("Traceback", "bug in bench", "Errno"):
        assert line not in done.stdout + done.stderr, done.stderr
    assert done.returncode in (0, 1, 4), (done.returncode, done.stderr)
    return done


def records(cwd: Path) -> list[dict[str, object]]:
    [path] = (cwd / "results").glob("*/trials.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def one_cpu() -> Iterator[Prefix]:
    with confined("cpuset", str(find_cpus().usable[-1])) as group:
        yield within(group)


@pytest.fixture
def little_memory() -> Iterator[Prefix]:
    with confined("memory", str(MEMORY)) as group:
        yield within(group)


def test_on_one_cpu_timers_are_armed_there(one_cpu: Prefix, tmp_path: Path) -> None:
    run = [*SMALL, "--map-size", "100", "--arm-cpus", "all", *CALM, "--repeat", "1"]
    done = bench(one_cpu, *run, cwd=tmp_path)
    [record] = records(tmp_path)
    assert (done.returncode, record["status"]) == (0, "ok"), record


@pytest.mark.parametrize("program", ["sampler", "churn", "xdp_health"])
def test_by_taskset_threads_and_processes_stay_on_one_cpu(program: str, tmp_path: Path) -> None:
    cpu = str(find_cpus().usable[-1])
    words = ["run", "--program", program, "--duration", "200ms", "--repeat", "1", *CALM]
    bench(("taskset", "-c", cpu), *words, cwd=tmp_path)
    [record] = records(tmp_path)
    assert record["status"] in ("ok", "invalid"), record


def test_on_one_cpu_the_doctor_and_a_plan_have_an_answer(one_cpu: Prefix, tmp_path: Path) -> None:
    seen = bench(one_cpu, "doctor", cwd=tmp_path).stdout
    assert f"threads may use CPUs {find_cpus().usable[-1]}, timers may expire on" in seen
    assert bench(one_cpu, "run", "--quick", "--dry-run", cwd=tmp_path).returncode == 0


def test_with_little_memory_the_doctor_and_a_plan_have_an_answer(
    little_memory: Prefix, tmp_path: Path
) -> None:
    seen = bench(little_memory, "doctor", cwd=tmp_path).stdout
    assert "MiB may be taken, by /sys/fs/cgroup" in seen
    assert bench(little_memory, "run", "--quick", "--dry-run", cwd=tmp_path).returncode == 0


def test_with_little_memory_what_fits_is_measured(little_memory: Prefix, tmp_path: Path) -> None:
    bench(little_memory, *SMALL, "--map-size", "100", *CALM, "--repeat", "1", cwd=tmp_path)
    [record] = records(tmp_path)
    assert record["status"] == "ok", record


def test_a_limit_of_locked_memory_bounds_no_map(tmp_path: Path) -> None:
    """Maps counted to it before 5.11; timers are of 5.15, so that no kernel that has them asks."""
    run = [*SMALL, "--map-size", "10k", *CALM, "--repeat", "1"]
    bench(("prlimit", "--memlock=65536:65536", "--"), *run, cwd=tmp_path)
    [record] = records(tmp_path)
    assert record["status"] == "ok", record


def test_what_does_not_fit_into_a_control_group_names_its_limit(
    little_memory: Prefix, tmp_path: Path
) -> None:
    done = bench(little_memory, *SMALL, "--map-size", "2m", OVERLOAD, cwd=tmp_path)
    assert done.returncode == 4
    assert "MiB of kernel memory" in done.stderr
    assert any(name in done.stderr for name in ("memory.max", "memory.limit_in_bytes"))


def test_a_kill_at_the_limit_of_a_control_group_is_recorded_and_named(
    little_memory: Prefix, tmp_path: Path
) -> None:
    words = [*SMALL[:-4], "--duration", "60s", "--map-size", "100", *CALM, "--repeat", "2"]
    with running([*little_memory, *BENCH, *words], cwd=tmp_path, stderr=subprocess.PIPE) as run:
        wait_until("a trial", lambda: list(tmp_path.glob("results/*/run.json")) or run.poll())
        time.sleep(1)  # Into the trial: its record comes after a minute.
        with running([*little_memory, *hog(run.pid)]) as taking:
            _, said = ended(run)
            taking.wait()
    assert run.returncode == -9, said
    limit_file = "memory.(max|limit_in_bytes), 300 MiB"
    assert re.search(f"trial 1: the kernel killed bench at .*{limit_file}", said), said
    [record] = records(tmp_path)
    assert record["status"] == "failed" and re.search(limit_file, str(record["error"])), record


def test_a_cpu_that_goes_between_two_trials_is_named(tmp_path: Path) -> None:
    cpus = find_cpus().usable
    if len(cpus) < 2:
        pytest.skip("it takes two CPUs")
    words = [*SMALL, "--map-size", "100", "--arm-cpus", "all", *CALM, "--repeat", "6"]

    def recorded() -> bool:
        return bool(list(tmp_path.glob("results/*/trials.jsonl")) and records(tmp_path))

    with (
        confined("cpuset", format_cpu_list(cpus)) as group,
        running([*within(group), *BENCH, *words], cwd=tmp_path, stderr=subprocess.STDOUT) as run,
    ):
        wait_until("a record", lambda: recorded() or run.poll() is not None)
        limit(group, "cpuset", str(cpus[0]))
        output, _ = ended(run)
    last = records(tmp_path)[-1]
    assert last["status"] == "failed", (last, output)
    only = f"this process may use CPUs {cpus[0]} only"
    assert f"cannot run on CPU {cpus[1]}: {only}" in str(last["error"])
    assert "Start a new run" in str(last["error"])
    assert "Traceback" not in output


@pytest.fixture
def noexec(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "cache"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "noexec", "none", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_cache_that_cannot_be_executed_is_named(noexec: Path, tmp_path: Path) -> None:
    words = [*SMALL, "--engine", "timerfd", "--map-size", "10", *CALM, "--repeat", "1"]
    bench(("env", f"XDG_CACHE_HOME={noexec}"), *words, cwd=tmp_path)
    [record] = records(tmp_path)
    assert "mounted noexec" in str(record["error"])
    assert "Set XDG_CACHE_HOME to a folder on another one" in str(record["error"])
