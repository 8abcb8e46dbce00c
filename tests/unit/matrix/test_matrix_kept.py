from __future__ import annotations

from pathlib import Path

import pytest

from bench.matrix import kept
from bench.matrix.answers import KernelAnswers, answer_in
from bench.matrix.commands import Command, parse
from bench.matrix.kept import Kept
from bench.matrix.table import Failure
from bench.record import Virtual

COMMANDS = parse("limits + run --program tcp + run --program churn".split())


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def left(folder: Path, command: Command, code: int = 0, text: str = "{}") -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{command.file}.out").write_text(text)
    (folder / f"{command.file}.err").write_text("")
    (folder / f"{command.file}.code").write_text(str(code))


def answered(
    folder: Path, *commands: Command, failure: Failure | None = None, release: str = "6.12.1"
) -> KernelAnswers:
    found = tuple(answer_in(folder, command) for command in commands)
    return KernelAnswers(release, Virtual.EMULATED, found, failure)


def test_what_an_interrupted_kernel_answered_is_not_asked_again(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    left(shared, COMMANDS[0], text='{"rows": []}')
    left(shared, COMMANDS[2], text='{"trials": []}')
    failure = Failure("it panicked")
    found = answered(shared, COMMANDS[0], COMMANDS[2], failure=failure)
    Kept.of("linux-image-6.12 1", resume=False).keep(found, shared)
    again = Kept.of("linux-image-6.12 1", resume=True)
    assert again.missing(COMMANDS) == [COMMANDS[1]]
    assert Kept.of("linux-image-6.12 1", resume=False).missing(COMMANDS) == list(COMMANDS)
    assert Kept.of("linux-image-6.12 2", resume=True).missing(COMMANDS) == list(COMMANDS)
    left(shared, COMMANDS[1], text='{"trials": [1]}')
    joined = again.joined(COMMANDS, answered(shared, COMMANDS[1]))
    assert [answer.command for answer in joined.answers] == list(COMMANDS)
    assert [answer.stdout[:5] for answer in joined.answers] == ['{"row', '{"tri', '{"tri']
    assert joined.failure is None and joined.release == "6.12.1"


def test_the_same_command_in_another_place_is_the_same(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    left(shared, COMMANDS[2], text='{"trials": []}')
    Kept.of("k", resume=False).keep(answered(shared, COMMANDS[2]), shared)
    (alone,) = parse("run --program churn".split())
    assert Kept.of("k", resume=True).missing([alone]) == []
    joined = Kept.of("k", resume=True).joined([alone], None)
    assert joined.answers[0].command == alone and joined.virtual is Virtual.EMULATED


def test_what_is_no_answer_is_asked_again(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    left(shared, COMMANDS[0], code=3, text="")
    Kept.of("k", resume=False).keep(answered(shared, COMMANDS[0]), shared)
    assert Kept.of("k", resume=True).missing(COMMANDS) == list(COMMANDS)


def test_a_kernel_that_did_not_boot_keeps_nothing(tmp_path: Path) -> None:
    own = Kept.of("k", resume=True)
    found = KernelAnswers("", Virtual.EMULATED, (), Failure("it hangs"))
    own.keep(found, tmp_path)
    assert own.joined(COMMANDS, found) == found
    assert not own.folder.exists()


def test_another_bench_asks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = Kept.of("k", resume=True).folder
    monkeypatch.setattr(kept, "_code", lambda: "other")
    assert Kept.of("k", resume=True).folder != first
