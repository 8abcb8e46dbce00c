"""Runs that do not end by themselves: records are kept, the kernel is left clean."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import AbstractContextManager
from operator import not_
from pathlib import Path

import pytest

from tests.chance import drawing
from tests.kernel.leftovers import bpf_objects, load_processes, reserve_files
from tests.running import ended, running
from tests.waiting import wait_until

SWEEP = """
name: interrupted
duration: 300ms
warmup: 50ms
repeat: 2
seed: 5
max_steal: 1
controls: none
cells:
  - program: resident
    map_size: [1k, 20k]
    timeout: 20ms
    observer: bcc
  - program: tcp
    hook: [tp_btf, sockops]
    map_size: 16384
    timeout: 1ms
    load: 500
"""
TRIALS = 8
MOMENTS = [0.3, 1.2, 2.0, 2.8, 3.6]


def started(
    tmp_path: Path, wrapper: tuple[str, ...] = (), *, repeat: int = 2
) -> AbstractContextManager[subprocess.Popen[str]]:
    sweep = tmp_path / "interrupted.yaml"
    sweep.write_text(SWEEP.replace("repeat: 2", f"repeat: {repeat}"))
    command = [*wrapper, sys.executable, "-m", "bench", "run", "--sweep", str(sweep)]
    return running(command, cwd=tmp_path, stderr=subprocess.PIPE)


def held() -> set[object]:
    """BPF objects, load processes and reserve files of the host."""
    objects = [(kind, *item) for kind, items in bpf_objects().items() for item in items]
    return {*objects, *load_processes(), *reserve_files()}


def run_folder(tmp_path: Path) -> Path | None:
    return next((tmp_path / "results").glob("*-interrupted"), None)


def statuses(folder: Path | None) -> Counter[str]:
    latest: dict[int, str] = {}
    file = folder and folder / "trials.jsonl"
    for line in file.read_text().splitlines() if file and file.exists() else ():
        record = json.loads(line)
        latest[record["trial"]] = record["status"]
    return Counter(latest.values())


def resume(tmp_path: Path, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "run", "--resume", str(folder)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found = statuses(folder)
    assert sum(found.values()) == TRIALS and not found["failed"]
    assert json.loads((folder / "run.json").read_text())["finished"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_kill_9_at_any_moment_leaves_nothing_and_resumes(moment: float, tmp_path: Path) -> None:
    before = held()
    later = drawing(f"kill_9[{moment}]").random() * 0.4
    with started(tmp_path) as process:
        time.sleep(moment + later)
        process.send_signal(signal.SIGKILL)
        ended(process)
    assert process.returncode in (-signal.SIGKILL, 0)
    wait_until("nothing left of the run", lambda: held() - before, not_)
    folder = run_folder(tmp_path)
    if folder is not None and (folder / "run.json").exists():
        resume(tmp_path, folder)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_ends_the_trial_cleanly_and_exits_130(number: int, tmp_path: Path) -> None:
    before = held()
    with started(tmp_path) as process:
        recorded = wait_until("a record", lambda: statuses(run_folder(tmp_path)))
        process.send_signal(number)
        _, messages = ended(process)
    assert process.returncode == 130, messages
    assert "Traceback" not in messages
    wait_until("nothing left of the run", lambda: held() - before, not_)
    folder = run_folder(tmp_path)
    assert folder is not None and (folder / "report.md").exists()
    assert recorded <= statuses(folder)
    resume(tmp_path, folder)


def test_a_background_job_of_a_script_outlives_terminal_and_ctrl_c(tmp_path: Path) -> None:
    """Its processes, too: the terminal sends both to the whole group."""
    background = ("sh", "-c", 'trap "" INT QUIT HUP; exec "$@"', "sh")
    with started(tmp_path, background, repeat=20) as process:
        before = wait_until("a record", lambda: statuses(run_folder(tmp_path))).total()
        for number in (signal.SIGHUP, signal.SIGINT):
            os.killpg(process.pid, number)
        after = wait_until(
            "more records",
            lambda: statuses(run_folder(tmp_path)),
            lambda found: found.total() >= before + 2,
        )
        process.send_signal(signal.SIGTERM)
        _, messages = ended(process)
    assert process.returncode == 130, messages
    assert not after["failed"]
