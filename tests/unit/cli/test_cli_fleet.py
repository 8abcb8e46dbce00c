from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bench.cli import fleet as module
from bench.cli.fleet import fleet
from bench.cli.main import cli
from bench.fleet.caller import Caller
from bench.fleet.read import Player, read_file

HOSTS = {"a": {"variables": {"rack": 1}}}


def asked(*words: object, question: Any = None) -> dict[str, Any]:
    done = CliRunner().invoke(
        fleet, [str(word) for word in words], input=json.dumps(question), catch_exceptions=False
    )
    assert done.exit_code == 0
    return json.loads(done.output)


def test_a_fleet_run_is_kept_by_questions_and_answers(tmp_path: Path) -> None:
    begun = asked("begin", tmp_path, question={"sweep": "quick", "hosts": HOSTS})
    assert (begun["step"], begun["again"]) == ("measuring", [])
    noted = asked("note", begun["path"], question={"a": "it does not answer"})
    assert noted["step"] == "measuring"
    (line,) = asked("judge", begun["path"])["complaints"]
    assert line.startswith("a: it does not answer.")
    assert asked("finish", begun["path"])["step"] == "measuring"


def test_a_question_that_is_not_understood_is_named() -> None:
    done = CliRunner().invoke(cli, ["fleet", "note", "/nowhere"], input="text")
    assert done.exit_code != 0
    assert "the question is not understood" in str(done.exception)


def test_a_sweep_is_judged_with_what_else_bench_run_is_told() -> None:
    told = ("--", "--repeat", "3")
    assert asked("sweep", "quick", *told)["sweep"] == "quick"
    done = CliRunner().invoke(cli, ["fleet", "sweep", "quick", "--", "--repeet", "3"])
    assert done.exit_code != 0


def test_a_run_that_is_no_fleet_run_is_judged_whatever_its_host_is_called() -> None:
    base = Path(__file__).resolve().parents[2] / "data/aa/base"
    assert asked("judge", base, "localhost")["complaints"] == []


def test_it_is_not_offered_to_people() -> None:
    assert "fleet" not in CliRunner().invoke(cli, ["--help"]).output.split()


def test_who_plays_is_found_with_the_commands_that_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("ansible-playbook", "-i", "mine.yml", "-l", "a", "-e", "fleet_new=true", "bench.yml")
    monkeypatch.setattr(module, "caller", lambda name: Caller(1, 2, words, "/there"))
    question = {"sweep": "quick", "hosts": HOSTS, "played": ["a"]}
    file = read_file(Path(asked("begin", tmp_path, question=question)["path"]) / "fleet.json")
    assert file.command == "cd /there && ansible-playbook -i mine.yml bench.yml"
    assert file.hosts["a"].next == "cd /there && ansible-playbook -i mine.yml -l a bench.yml"
    assert file.player == Player(1, 2)
