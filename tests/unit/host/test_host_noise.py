from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.host.noise import noise_snapshot


def write(
    proc: Path, cpus: dict[int, str], interrupts: int, switches: dict[int, list[int]]
) -> Path:
    lines = [f"cpu{cpu} {fields}" for cpu, fields in cpus.items()]
    stat = ["cpu  0 0 0 0 0 0 0 0 0 0", *lines, f"intr {interrupts} 1 2 3", "ctxt 9"]
    (proc / "stat").write_text("\n".join(stat) + "\n")
    for pid, counts in switches.items():
        for number, count in enumerate(counts):
            task = proc / f"{pid}/task/{number}"
            task.mkdir(parents=True, exist_ok=True)
            text = f"voluntary_ctxt_switches:\t5\nnonvoluntary_ctxt_switches:\t{count}\n"
            (task / "status").write_text(text)
    return proc


def test_differences(tmp_path: Path) -> None:
    cpus = {0: "10 0 10 80 0 0 0 0 5 0", 1: "0 0 0 100 0 0 0 0 0 0"}
    before = noise_snapshot((7,), write(tmp_path, cpus, 1_000, {7: [3, 4]}))
    cpus = {0: "20 0 20 140 0 0 0 20 9 0", 1: "0 0 0 200 0 0 0 0 0 0"}
    after = noise_snapshot((7,), write(tmp_path, cpus, 1_250, {7: [5, 10]}))
    change = after.since(before)
    # 20 of 200 ticks were stolen; guest time is part of user time and not added again.
    assert change.steal == pytest.approx(0.1)
    assert change.interrupts == 250
    assert change.involuntary_switches == 8


def test_steal_that_steps_back_is_not_negative(tmp_path: Path) -> None:
    before = noise_snapshot((), write(tmp_path, {0: "0 0 0 100 0 0 0 9"}, 1, {}))
    after = noise_snapshot((), write(tmp_path, {0: "0 0 0 200 0 0 0 8"}, 1, {}))
    assert after.since(before).steal == 0


def test_an_interval_shorter_than_a_tick_has_no_steal(tmp_path: Path) -> None:
    now = noise_snapshot((), write(tmp_path, {0: "0 0 0 100 0 0 0 9"}, 1, {}))
    assert now.since(now).steal == 0


def test_cpus_and_processes_of_one_side_only_do_not_count(tmp_path: Path) -> None:
    before = noise_snapshot((7,), write(tmp_path, {0: "0 0 0 100 0 0 0 0"}, 1, {}))
    cpus = {0: "0 0 0 200 0 0 0 0", 1: "0 0 0 0 0 0 0 5000"}
    after = noise_snapshot((7,), write(tmp_path, cpus, 1, {7: [9]}))
    change = after.since(before)
    assert change.steal == 0
    assert change.involuntary_switches == 0


def test_kernels_without_steal(tmp_path: Path) -> None:
    seen = noise_snapshot((), write(tmp_path, {0: "1 2 3 4"}, 1, {}))
    assert (seen.cpus[0].total, seen.cpus[0].steal) == (10, 0)


def test_a_stat_without_cpus_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "stat").write_text("ctxt 5\n")
    with pytest.raises(BenchError, match="no CPU"):
        noise_snapshot((), tmp_path)


def test_own_process_and_the_host(tmp_path: Path) -> None:
    seen = noise_snapshot((os.getpid(),))
    assert set(os.sched_getaffinity(0)) <= set(seen.cpus)
    assert seen.interrupts > 0
    assert os.getpid() in seen.involuntary
