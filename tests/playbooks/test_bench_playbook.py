"""The roles run and report, and bench.yml as a whole, with a stand-in for the bench command."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from tests.playbooks.made_runs import slower
from tests.playbooks.playing import REPOSITORY, Outcome, play
from tests.playbooks.typed import typed

ROW = (
    "1,000 9,980 wider than the 80 characters at which Ansible would like to break the lines it has"
)

RUN = "playbooks/run.yml"
SHOW = "playbooks/report.yml"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    folder.mkdir()
    return folder


def stand_in(
    tmp_path: Path, *, stdout: str = "", stderr: str = "", returncode: int = 0, report: int = 0
) -> str:
    """A bench command that writes its arguments down, and says and returns what it is told."""
    command = tmp_path / "bench"
    (tmp_path / "stdout").write_text(stdout)
    (tmp_path / "stderr").write_text(stderr)
    command.write_text(
        f'#!/bin/sh\n[ "$1" = report ] && echo "Tables of $2" && echo "{ROW}" && exit {report}\n'
        f'printf "%s\\n" "$@" >{tmp_path}/arguments\n'
        f"cat {tmp_path}/stdout\ncat {tmp_path}/stderr >&2\nexit {returncode}\n"
    )
    command.chmod(0o755)
    return str(command)


def make_run(results: Path, name: str) -> Path:
    folder = results / name
    folder.mkdir()
    (folder / "run.json").write_text("{}")
    return folder


def measured(tmp_path: Path, results: Path, *playbooks: str, **variables: str) -> Outcome:
    """Plays with a bench command that has made the run r1."""
    path = make_run(results, "r1")
    answer = {"run_id": "r1", "path": str(path), "summary": {}}
    command = stand_in(tmp_path, stdout=json.dumps(answer), stderr="measuring\n")
    return play(*playbooks, run_bench_command=command, run_results_path=str(results), **variables)


def test_bench_yml_provisions_runs_and_shows(
    provisioned: None, tmp_path: Path, results: Path
) -> None:
    outcome = measured(tmp_path, results, "bench.yml")
    assert outcome.returncode == 0, outcome.output
    assert outcome.changed == 1, outcome.output  # The run itself.
    assert f"Run r1 is in {results}/r1" in outcome.words
    assert ROW in outcome.output
    assert f"Tables of {results}/r1" in outcome.words


def test_bench_is_called_as_the_contract_says(tmp_path: Path, results: Path) -> None:
    assert measured(tmp_path, results, RUN, sweep="accuracy").returncode == 0
    arguments = (tmp_path / "arguments").read_text().split()
    assert arguments == ["run", "--sweep", "accuracy", "--results", str(results), "--json"]


@pytest.mark.parametrize("home", [True, False], ids=["checkout", "elsewhere"])
def test_a_relative_sweep_file_begins_where_it_was_typed(
    tmp_path: Path, results: Path, home: bool
) -> None:
    """And the report is read line by line where our ansible.cfg is not read."""
    folder = REPOSITORY if home else tmp_path
    path = make_run(results, "r1")
    command = stand_in(tmp_path, stdout=json.dumps({"run_id": "r1", "path": str(path)}))
    file = tmp_path / "my.yaml"
    file.write_text("cells: [{program: resident, map_size: 100, timeout: 10ms}]")
    variables = {
        "sweep": os.path.relpath(file, folder),
        "run_bench_command": command,
        "run_results_path": results,
    }
    words = [word for name, value in variables.items() for word in ("-e", f"{name}={value}")]
    playbooks = [REPOSITORY / RUN, REPOSITORY / SHOW]
    inventory = REPOSITORY / "inventory/localhost.yml"
    outcome = typed("-i", inventory, *playbooks, *words, folder=folder)
    assert outcome.returncode == 0, outcome.output
    assert f"--sweep\n{file}\n" in (tmp_path / "arguments").read_text()
    assert ROW in outcome.output and "\\n" not in outcome.output
    assert "WARNING" not in outcome.output


@pytest.mark.parametrize("given", [{}, {"sweep": ""}], ids=["none", "empty"])
def test_the_sweep_is_the_quick_one_if_none_is_named(
    tmp_path: Path, results: Path, given: dict[str, str]
) -> None:
    """`-e sweep=` and `make bench SWEEP=` name none, as if nothing had been said."""
    assert measured(tmp_path, results, RUN, **given).returncode == 0
    assert "--sweep\nquick\n" in (tmp_path / "arguments").read_text()


@pytest.mark.parametrize(
    ("returncode", "meaning"),
    [(2, "wrong usage"), (3, "a bug of bench"), (4, "not answered"), (130, "interrupted")],
)
def test_a_failed_run_says_why(
    tmp_path: Path, results: Path, returncode: int, meaning: str
) -> None:
    command = stand_in(tmp_path, stderr="error: no memory left\n", returncode=returncode)
    outcome = play(RUN, run_bench_command=command, run_results_path=str(results))
    assert outcome.returncode != 0
    assert f"ended with exit code {returncode} ({meaning})" in outcome.words
    assert "error: no memory left" in outcome.words


def test_failed_trials_are_shown_and_then_fail_the_play(
    provisioned: None, tmp_path: Path, results: Path
) -> None:
    path = make_run(results, "r1")
    answer = {"run_id": "r1", "path": str(path), "summary": {"failed": 1}}
    command = stand_in(tmp_path, stdout=json.dumps(answer), returncode=4)
    outcome = play("bench.yml", run_bench_command=command, run_results_path=str(results))
    assert f"Tables of {path}" in outcome.words
    assert outcome.returncode != 0
    assert "a trial failed, or a cell has no valid one" in outcome.words


@pytest.mark.parametrize("stdout", ["hello", '{"run_id": "r1"}'], ids=["no JSON", "no path"])
def test_an_answer_that_breaks_the_contract_is_named(
    tmp_path: Path, results: Path, stdout: str
) -> None:
    command = stand_in(tmp_path, stdout=stdout)
    outcome = play(RUN, run_bench_command=command, run_results_path=str(results))
    assert outcome.returncode != 0
    assert "did not print the one JSON document" in outcome.words


def test_a_missing_bench_command_is_named(tmp_path: Path, results: Path) -> None:
    missing = str(tmp_path / "nothing")
    outcome = play(RUN, run_bench_command=missing, run_results_path=str(results))
    assert outcome.returncode != 0
    assert f"{missing} does not exist. `make setup` in the checkout makes it." in outcome.words


def test_check_mode_runs_nothing(tmp_path: Path, results: Path) -> None:
    outcome = measured(tmp_path, results, RUN, mode="--check")
    assert outcome.returncode == 0, outcome.output
    assert outcome.changed == 0
    assert not (tmp_path / "arguments").exists()


def test_report_shows_the_newest_run(tmp_path: Path, results: Path) -> None:
    new, old = make_run(results, "a-new"), make_run(results, "b-old")
    os.utime(old / "run.json", (0, time.time() - 60))
    command = stand_in(tmp_path)
    outcome = play(SHOW, report_results_path=str(results), report_bench_command=command)
    assert outcome.returncode == 0, outcome.output
    assert f"Tables of {new}" in outcome.words
    assert ROW in outcome.output
    assert outcome.changed == 0


def test_no_run_and_no_report_are_named(tmp_path: Path, results: Path) -> None:
    assert f"There is no run below {results}" in play(SHOW, report_results_path=str(results)).words
    run, command = make_run(results, "r1"), stand_in(tmp_path, report=4)
    outcome = play(SHOW, report_run_path=str(run), report_bench_command=command)
    assert outcome.returncode != 0
    assert f"bench report {run} ended with exit code 4" in outcome.words


def test_what_has_become_worse_than_the_base_fails_the_play(tmp_path: Path) -> None:
    """And judging by itself needs nothing but a run."""
    base, new = REPOSITORY / "tests/data/aa/base", tmp_path / "slower"
    slower(base, new)
    alone = play("playbooks/judge.yml", judge_path=str(new))
    assert alone.returncode == 0, alone.output
    compared = play("playbooks/judge.yml", judge_path=str(new), judge_base=str(base))
    assert compared.returncode != 0
    assert (
        f"bench compare {base} {new} ended with exit code 1 (something is worse)" in compared.words
    )


def test_judging_alone_fails_for_a_run_of_this_host_that_is_not_good(tmp_path: Path) -> None:
    """Whatever its exit code was, its records are short of a trial."""
    bad = tmp_path / "bad"
    shutil.copytree(REPOSITORY / "tests/data/aa/base", bad)
    lines = (bad / "trials.jsonl").read_text().splitlines(keepends=True)
    (bad / "trials.jsonl").write_text("".join(lines[:-1]))
    outcome = play("playbooks/judge.yml", judge_path=str(bad))
    assert outcome.returncode != 0
    assert f"1 of {len(lines)} trials have no record" in outcome.words


def test_no_run_to_judge_is_named(tmp_path: Path) -> None:
    outcome = play("playbooks/judge.yml", judge_results_path=str(tmp_path))
    assert outcome.returncode != 0
    assert f"There is no run below {tmp_path}" in outcome.words
