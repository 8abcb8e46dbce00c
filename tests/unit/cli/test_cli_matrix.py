from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.cli import matrix as command
from bench.cli.main import main
from bench.guest.images import Image
from bench.host.memory import Available
from bench.matrix import running
from bench.matrix.answers import Answer, KernelAnswers
from bench.matrix.commands import Command, Verb
from bench.matrix.table import Failure
from bench.record import Virtual

LIMITS = Command(Verb.LIMITS)
FAILURE = Failure("guest debian:6.12 ended, at step boot", "last line", "The console is there")


def told(verdict: str = "does not hold here") -> KernelAnswers:
    row = {"id": "flag.abs", "group": "flag", "claim": "c", "source": "s", "errno": "EINVAL"}
    rows = [row | {"verdict": verdict, "answer": "EINVAL", "reason": ""}]
    answer = Answer(LIMITS, 0, json.dumps({"rows": rows}), "")
    return KernelAnswers("6.1.0", Virtual.EMULATED, (answer,))


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Guests that tell what they are given, in the place of real ones."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(command, "image", lambda name, say, **_: Image(name, "package", Path("x")))
    monkeypatch.setattr(running, "virtualisation", lambda: Virtual.EMULATED)
    monkeypatch.setattr(running.memory, "available", lambda: Available(8 << 30, "a test"))

    def give(*found: KernelAnswers) -> None:
        def run_guests(jobs, *args, **options):  # type: ignore[no-untyped-def]
            shared = tmp_path / "shared"
            return [(image, shared, one) for (image, _), one in zip(jobs, found, strict=True)]

        monkeypatch.setattr(running, "run_guests", run_guests)

    return give


def bench(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["matrix", *words])
    return int(ended.value.code or 0)


def test_json_is_one_document_and_emulation_is_said(
    answers: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    answers(told())
    assert bench("--kernel", "debian:6.1", "--json") == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["good"] is True
    assert "KVM cannot be used here" in err


def test_a_deviation_is_shown_and_ends_with_1(
    answers: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    answers(told("holds"))
    assert bench("--kernel", "debian:6.1", "--all") == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "finding: debian:6.1: flag.abs" in out


def test_a_failed_kernel_is_shown_beside_the_others(
    answers: Callable[..., None], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    answers(told(), KernelAnswers("", Virtual.EMULATED, (), FAILURE))
    code = bench("--kernel", "debian:6.1", "--kernel", "debian:6.12", "--output", "table")
    assert code == 4
    out, err = capsys.readouterr()
    assert "6.1.0" in out and "step boot" in err and "last line" in err and "next:" in err
    assert sorted(path.name for path in (tmp_path / "table").iterdir()) == sorted(command.FILES)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--kernel", "debian:6.1", "--kernel", "debian:6.1"],
        ["--kernel", "debian:6.1", "--", "x"],
        ["--kernel", "debian:6.1", "--table", "a.json"],
    ],
)
def test_wrong_requests_are_usage_errors(words: list[str], answers: Callable[..., None]) -> None:
    assert bench(*words) == 2


def test_an_interruption_removes_the_folder(
    answers: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupted(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "run_guests", interrupted)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert bench("--kernel", "debian:6.1") == 130
    assert list(tmp_path.glob("bench-matrix-*")) == []


def test_a_folder_that_cannot_be_made_is_named_before_any_kernel_boots(
    answers: Callable[..., None], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    assert bench("--kernel", "debian:6.1", "--output", "file/table") == 4
    assert "file/table" in capsys.readouterr().err
