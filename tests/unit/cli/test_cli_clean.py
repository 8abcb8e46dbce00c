from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.clean.leftover import Leftover
from bench.cli import clean as module
from bench.cli.main import main
from bench.exits import Exit


def fails() -> None:
    raise OSError(16, "Device or resource busy")


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., list[str]]:
    """Make the command find one thing; names of what was removed are listed."""

    def make(*, removable: bool = True) -> list[str]:
        gone: list[str] = []
        remove = (lambda: gone.append("x")) if removable else fails
        thing = Leftover(kind="temporary folder", name="/tmp/x", pid=7, remove=remove)
        monkeypatch.setattr(module, "found", lambda: [thing])
        return gone

    monkeypatch.setattr(module, "found", list)
    monkeypatch.setattr(module, "STATE", tmp_path)
    return make


def ended(*words: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["clean", *words])
    return int(caught.value.code or 0)


def test_nothing_left(left: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended() == Exit.GOOD and "Nothing was left behind" in capsys.readouterr().out


def test_what_is_left_is_removed(
    left: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    gone = left()
    assert ended() == Exit.GOOD and gone == ["x"]
    assert "removed temporary folder /tmp/x of process 7" in capsys.readouterr().out


def test_a_dry_run_removes_nothing_and_says_so_by_its_code(
    left: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    gone = left()
    assert ended("--dry-run") == Exit.BAD and gone == []
    assert "would remove temporary folder" in capsys.readouterr().out


def test_what_stays_is_an_error(
    left: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    left(removable=False)
    assert ended("--json") == Exit.UNANSWERED
    (kept,) = json.loads(capsys.readouterr().out)["kept"]
    assert kept["name"] == "/tmp/x" and "busy" in kept["why"]


def test_tuning_is_left_to_its_playbook(
    left: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tuned.json").touch()
    assert ended() == Exit.GOOD and "playbooks/restore.yml" in capsys.readouterr().err
