"""The script by which a host measures in the background: its states, and what it answers."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import jinja2
import pytest

from bench.reason import MEDDLED, Code
from bench.record import RunHeader, Status, TrialRecord
from bench.store import RunFolder
from bench.sweep.again import is_wanting
from tests.running import running
from tests.waiting import wait_until

TEMPLATE = (
    Path(__file__).resolve().parents[3] / "playbooks/roles/run/templates/job.sh.j2"
).read_text()
FRAME = re.compile(r"<<<job\n(.*?)\njob>>>", re.DOTALL)
BENCH = """#!/bin/sh
printf '%s\\n' "$@" "owner $BENCH_OWNER" "verify $BENCH_VERIFY" >{there}/arguments
mkdir -p {there}/results/r1
printf '{{\\n  "trials_planned": 3,\\n  "finished": null\\n}}\\n' >{there}/results/r1/run.json
printf '{{"trial":%s,"status":"ok"}}\\n' 1 2 >{there}/results/r1/trials.jsonl
while [ ! -e {there}/enough ]; do sleep 0.05; done
{ending}
"""
FINISH = "sed -i 's/null/\"now\"/' {there}/results/r1/run.json"


@dataclass(frozen=True)
class Job:
    """The script in a folder of its own, with a stand-in for bench."""

    folder: Path

    def call(self, action: str) -> list[str]:
        script = str(self.folder / "job.sh")
        # As the role does: what lies below /run cannot be executed.
        done = subprocess.run(
            ["/bin/sh", script, action], check=True, capture_output=True, text=True
        )
        said = FRAME.search(done.stdout)
        return said[1].split("\n") if said else []

    def wait_for(self, name: str) -> None:
        wait_until(name, (self.folder / name).exists)

    def end(self) -> None:
        (self.folder / "enough").touch()
        self.wait_for("job/code")


@pytest.fixture
def make_job(tmp_path: Path) -> Callable[..., Job]:
    def make(ending: str, *, overload: bool = False) -> Job:
        there = shlex.quote(str(tmp_path))
        bench = tmp_path / "bench"
        bench.write_text(BENCH.format(there=there, ending=ending.format(there=there)))
        environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
        environment.filters["quote"] = shlex.quote
        script = tmp_path / "job.sh"
        script.write_text(
            environment.from_string(TEMPLATE).render(
                __run_results=str(tmp_path / "results"),
                __run_job=str(tmp_path / "job"),
                __run_sweep_there="quick",
                __run_arguments=["--load-host", "root@load 1"],
                __run_verify="python3 tune.py",
                __run_overload=overload,
                run_results_path=str(tmp_path),
                run_bench_command=str(bench),
                run_longest_seconds=60,
                collect_run={"fleet_id": "the fleet"},
            )
        )
        bench.chmod(0o755)
        script.chmod(0o644)
        (tmp_path / "job").mkdir()
        return Job(tmp_path)

    return make


def test_a_host_that_has_nothing_says_so(make_job: Callable[..., Job]) -> None:
    assert make_job("").call("state") == ["none", ""]


def test_a_run_goes_on_when_whoever_began_it_is_gone(make_job: Callable[..., Job]) -> None:
    job = make_job(FINISH)
    job.call("begin")
    job.wait_for("results/r1/trials.jsonl")
    state, path, sentence = job.call("state")
    assert (state, path) == ("running", f"{job.folder}/results/r1")
    assert sentence.startswith("trial 2 of 3, time left:")
    pid = int((job.folder / "job/pid").read_text())
    assert os.getsid(pid) == pid
    job.end()
    assert job.call("state")[0] == "finished"
    assert job.call("outcome") == ["0"]
    arguments = (job.folder / "arguments").read_text().splitlines()
    assert arguments[:3] == ["run", "--sweep", "quick"]
    assert arguments[-4:-1] == ["--load-host", "root@load 1", "owner the fleet"]
    assert arguments[-1] == "verify python3 tune.py"


def test_a_host_that_may_be_overloaded_is_told_its_own_name(make_job: Callable[..., Job]) -> None:
    job = make_job(FINISH, overload=True)
    job.call("begin")
    job.end()
    arguments = (job.folder / "arguments").read_text().splitlines()
    assert f"--allow-overload={os.uname().nodename}" in arguments


def test_what_was_interrupted_is_resumed(make_job: Callable[..., Job]) -> None:
    job = make_job("echo 'no space left' >&2; exit 4")
    job.call("begin")
    job.wait_for("results/r1/trials.jsonl")
    job.end()
    assert job.call("state")[0] == "partial"
    assert job.call("outcome") == ["4", "no space left"]
    job.call("begin")
    job.wait_for("job/code")
    arguments = (job.folder / "arguments").read_text().splitlines()
    assert arguments[:3] == ["run", "--resume", f"{job.folder}/results/r1"]


def test_progress_counts_trials_and_not_lines(
    make_job: Callable[..., Job], header: RunHeader, make_record: Callable[..., TrialRecord]
) -> None:
    """What is measured anew has two records: the later one says whether it is done."""
    job = make_job("")
    run = RunFolder.create(job.folder / "results", replace(header, trials_planned=9))
    failed = make_record(1, status=Status.FAILED, error='it said "trial":7 and "status":"ok"')
    spoilt = make_record(2, status=Status.INVALID, reasons=["as it is"])
    meddled = [replace(spoilt, trial=n, codes=[code]) for n, code in enumerate(sorted(MEDDLED), 2)]
    for record in (failed, *meddled, replace(spoilt, trial=8, codes=[Code.STEAL])):
        run.append(record)
    assert job.call("state")[2] == "trial 1 of 9, time left: unknown"
    for record in (make_record(1), make_record(1), make_record(2), make_record(8), failed):
        run.append(record)
        good = [record for record in run.records() if not is_wanting(record)]
        assert job.call("state")[2].startswith(f"trial {len(good)} of 9,")


def test_a_run_whose_process_died_does_not_go_on(make_job: Callable[..., Job]) -> None:
    job = make_job("")
    job.call("begin")
    job.wait_for("results/r1/trials.jsonl")
    os.killpg(int((job.folder / "job/pid").read_text()), 9)
    wait_until("its end", lambda: job.call("state")[0], lambda state: state == "partial")
    assert job.call("outcome") == ["none"]


def test_a_pid_that_has_become_another_process_is_no_run(make_job: Callable[..., Job]) -> None:
    """And is left alone by whoever ends the run."""
    job = make_job("")
    with running(["sleep", "60"]) as other:
        (job.folder / "job/pid").write_text(str(other.pid))
        (job.folder / "job/lock").touch()
        assert job.call("state")[0] == "none"
        job.call("end")
        assert other.poll() is None


def test_what_measures_on_without_its_script_still_goes_on(make_job: Callable[..., Job]) -> None:
    """Somebody killed the shell alone; a second play begins no second run beside it."""
    job = make_job(FINISH)
    job.call("begin")
    job.wait_for("results/r1/trials.jsonl")
    os.kill(int((job.folder / "job/pid").read_text()), 9)
    assert job.call("state")[0] == "running"
    (job.folder / "arguments").unlink()
    job.call("begin")
    assert not (job.folder / "arguments").exists()
    (job.folder / "enough").touch()
    wait_until("its end", lambda: job.call("state")[0], lambda state: state == "finished")


def test_a_run_is_ended_with_all_that_belongs_to_it(make_job: Callable[..., Job]) -> None:
    job = make_job("")
    job.call("begin")
    job.wait_for("results/r1/trials.jsonl")
    job.call("end")
    wait_until("its end", lambda: job.call("state")[0], lambda state: state == "partial")
