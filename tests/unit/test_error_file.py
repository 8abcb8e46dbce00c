from __future__ import annotations

import errno
from pathlib import Path

import pytest

from bench.cli import demo as module
from bench.cli.main import main
from bench.error_file import VARIABLE, leave, left
from bench.errors import BenchError, KernelRefusedError, UsageError

REFUSED = KernelRefusedError("no", errno=errno.EPERM, remedy="as root", detail="two\nlines")


@pytest.mark.parametrize("error", [REFUSED, BenchError("no"), UsageError("no", remedy="yes")])
def test_an_error_comes_back_as_it_was_left(
    error: BenchError, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "error"))
    leave(error)
    found = left(tmp_path / "error")
    assert found and str(found) == str(error) and found.detail == error.detail
    assert getattr(found, "errno", 0) == getattr(error, "errno", 0)


@pytest.mark.parametrize("text", [None, "", "[]", "{", '{"problem": "half"}'])
def test_what_is_no_error_is_none(text: str | None, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "error").write_text(text)
    assert left(tmp_path / "error") is None


def test_every_command_leaves_its_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> None:
        raise REFUSED

    monkeypatch.setattr(module, "require_bpf", refuse)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "error"))
    with pytest.raises(SystemExit) as ended:
        main(["demo"])
    assert ended.value.code == 4 and "error: no" in capsys.readouterr().err
    found = left(tmp_path / "error")
    assert isinstance(found, KernelRefusedError) and found.errno == errno.EPERM
