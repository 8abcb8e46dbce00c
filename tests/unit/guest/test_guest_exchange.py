from __future__ import annotations

from pathlib import Path

import pytest

from bench.guest import exchange, inside
from bench.guest.exchange import Answer, Step


def test_what_is_asked_is_read_back(tmp_path: Path) -> None:
    exchange.write_request(tmp_path, ["echo", "a b", "'\"$"], {"NAME": "ü"})
    assert exchange.read_request(tmp_path) == (["echo", "a b", "'\"$"], {"NAME": "ü"})


@pytest.mark.parametrize("answer", [Answer(0, "6.1"), Answer(-9, "6.1"), Answer(None, "6.1", "no")])
def test_what_is_answered_is_read_back(answer: Answer, tmp_path: Path) -> None:
    exchange.write_answer(tmp_path, answer)
    assert exchange.read_answer(tmp_path) == answer


def test_a_new_request_forgets_the_answer_and_the_step_of_an_earlier_one(tmp_path: Path) -> None:
    exchange.write_answer(tmp_path, Answer(0, "6.1"))
    (tmp_path / exchange.STEP).write_text(Step.COMMAND)
    exchange.write_request(tmp_path, ["true"], {})
    assert exchange.read_answer(tmp_path) is None
    assert exchange.read_step(tmp_path) is Step.BOOT


def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *argv: str) -> Answer:
    monkeypatch.setattr(inside, "prepare", lambda shared: None)
    exchange.write_request(tmp_path, argv, {"WORD": "given"})
    inside.serve(tmp_path)
    answer = exchange.read_answer(tmp_path)
    assert answer is not None
    return answer


def test_the_command_s_code_output_and_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER", "not passed on")
    script = 'echo "$WORD $OTHER $PWD"; echo to stderr >&2; exit 7'
    answer = served(tmp_path, monkeypatch, "sh", "-c", script)
    assert answer.exit_code == 7 and answer.error == ""
    assert (tmp_path / exchange.STDOUT).read_text() == f"given  {tmp_path}\n"
    assert (tmp_path / exchange.STDERR).read_text() == "to stderr\n"
    assert exchange.read_step(tmp_path) is Step.COMMAND


def test_a_command_killed_by_a_signal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert served(tmp_path, monkeypatch, "sh", "-c", "kill -9 $$").exit_code == -9


def test_a_command_that_does_not_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = served(tmp_path, monkeypatch, "/nonexistent")
    assert answer.exit_code is None and "/nonexistent" in answer.error
