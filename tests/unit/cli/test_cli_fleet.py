from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from bench.cli.fleet import fleet
from bench.cli.main import cli

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


def test_it_is_not_offered_to_people() -> None:
    assert "fleet" not in CliRunner().invoke(cli, ["--help"]).output.split()
