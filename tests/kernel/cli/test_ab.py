"""``bench ab`` where the truth is known: twice the work in a callback, and nothing else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.host.sysctl import NOTE
from bench.record import Status
from bench.store import RunFolder
from tests.perf.known_truth import asked, truth
from tests.running import running
from tests.waiting import wait_until

CELL = ("--program", "resident", "--map-size", "200", "--timeout", "10ms")
SHORT = ("--duration", "100ms", "--warmup", "20ms")
KNOB = Path("/proc/sys/kernel/timer_migration")
SYSCTL = "kernel.timer_migration=0,1"


def ab(*words: str) -> list[str]:
    return [sys.executable, "-m", "bench", "ab", *words]


def test_twice_the_time_of_a_callback_is_found(tmp_path: Path) -> None:
    known = truth(1.0)
    assert 0.9 < known.change < 1.1 and known.turns > 10
    found = asked(known, tmp_path)
    assert (found["verdict"], found["exit"]) == ("worse", 1), found
    assert found["change"] > 0.2


def test_an_interrupted_run_goes_on_and_says_the_same_as_its_records(tmp_path: Path) -> None:
    words = (*CELL, *SHORT, "--a", "rearm=absolute", "--b", "rearm=relative", "--pairs", "8")
    with running(ab(*words, "--results", str(tmp_path)), stderr=subprocess.PIPE) as first:
        wait_until("records", lambda: [p for p in tmp_path.glob("*/trials.jsonl") if p.read_text()])
        os.kill(first.pid, signal.SIGTERM)
        assert first.wait(60) == 130
    (path,) = tmp_path.iterdir()
    assert RunFolder.open(path).header.finished is None
    done = subprocess.run(
        ab("--resume", str(path), "--json"), capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1, 4), done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    folder = RunFolder.open(path)
    assert folder.header.finished and answer["verdict"]
    assert answer["pairs"] == len(folder.records()) // 2
    assert json.loads((path / "ab.json").read_text())["verdict"] == answer["verdict"]


def test_a_sysctl_is_as_each_variant_wants_it_and_then_as_it_was(tmp_path: Path) -> None:
    before = KNOB.read_text()
    words = (*CELL, *SHORT, "--sysctl", SYSCTL, "--pairs", "8", "--results", str(tmp_path))
    done = subprocess.run(ab(*words, "--json"), capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1, 4), done.stderr
    (path,) = tmp_path.iterdir()
    records = RunFolder.open(path).records()
    assert {r.cell.setting for r in records} == {
        "kernel.timer_migration=0",
        "kernel.timer_migration=1",
    }
    drifted = [r.reasons for r in records if "drift" in r.codes]
    assert not drifted and any(r.status is Status.OK for r in records)
    assert KNOB.read_text() == before and not NOTE.exists()


def test_a_sysctl_is_put_back_when_bench_is_killed(tmp_path: Path) -> None:
    before = KNOB.read_text()
    words = (*CELL, "--duration", "5s", "--sysctl", SYSCTL, "--results", str(tmp_path))
    with running(ab(*words), stderr=subprocess.PIPE) as killed:
        wait_until("the note", NOTE.exists)
        wait_until("a run", lambda: any(tmp_path.iterdir()))
        os.kill(killed.pid, signal.SIGKILL)
        wait_until("what was there", lambda: not NOTE.exists())
    assert KNOB.read_text() == before


def test_a_value_that_the_kernel_refuses_ends_it_before_it_begins(tmp_path: Path) -> None:
    before = KNOB.read_text()
    words = (*CELL, "--sysctl", "kernel.timer_migration=0,7", "--results", str(tmp_path / "runs"))
    done = subprocess.run(ab(*words), capture_output=True, text=True, check=False)
    assert done.returncode == 4 and "refuses '7'" in done.stderr
    assert not (tmp_path / "runs").exists() and KNOB.read_text() == before
