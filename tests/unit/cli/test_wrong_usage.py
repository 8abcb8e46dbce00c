"""Every mistake of typing: the value is named, the exit code is 2, nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest

from bench.cli import run as module
from bench.cli.main import main

Captured = pytest.CaptureFixture[str]
SMALL = ("run", "--program", "resident", "--map-size", "100", "--timeout", "10ms")
USAGE = [
    (("run",), "nothing to run"),
    (("run", "--program", "nosuch"), "unknown program 'nosuch'"),
    (("run", "--program", "tcp", "--hook", "nosuch", "--load", "1k"), "--hook: 'nosuch'"),
    ((*SMALL, "--map-type", "queue"), "--map-type: 'queue'"),
    (("run", "--program", "resident", "--map-size", "0"), "--map-size: '0'"),
    (("run", "--program", "resident", "--map-size", "-5"), "--map-size: '-5'"),
    (("run", "--program", "resident", "--map-size", "many"), "--map-size: 'many'"),
    (("run", "--program", "resident", "--timeout", "0"), "--timeout: '0'"),
    (("run", "--program", "resident", "--timeout", "300000000000s"), "--timeout"),
    (("run", "--program", "resident", "--timeout", "5"), "--timeout: '5'"),
    (("run", "--program", "resident", "--timeout", "9223372036s"), "too long to be measured"),
    (("run", "--program", "resident", "--hook", "tp_btf"), "has no use for --hook"),
    (("run", "--program", "tcp"), "needs connections, but load is 0"),
    (("run", "--program", "tcp", "--map-type", "array", "--load", "1k"), "cannot use map type"),
    (("run", "--program", "resident", "--map-size", "1m", "--timeout", "1ms"), "safety bound"),
    (("run", "--sweep", "nosuch"), "nosuch"),
    (("run", "--quick", "--map-size", "5"), "cannot be combined"),
    (("run", "--duration", "1s"), "without a sweep"),
    (("run", "--resume", "nowhere"), "is not a run"),
    (("nosuch",), "No such command"),
]


@pytest.fixture(autouse=True)
def a_host_that_may_measure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """For anybody, and whoever else measures here."""
    monkeypatch.setattr(module, "require_bpf", lambda: None)
    monkeypatch.setattr(module, "sole_measurement", nullcontext)
    monkeypatch.chdir(tmp_path)


def refused(arguments: Sequence[str], capsys: Captured) -> str:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    assert "Traceback" not in said.err
    return said.err


@pytest.mark.parametrize(("arguments", "expected"), USAGE)
def test_wrong_usage_exits_2_and_names_the_value(
    arguments: Sequence[str], expected: str, tmp_path: Path, capsys: Captured
) -> None:
    assert expected in refused(arguments, capsys)
    assert list(tmp_path.iterdir()) == [], "nothing may be written"


def test_malformed_sweep_file_names_line_and_key(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("name: bad\ncells:\n  - program: resident\n    timout: 5ms\n")
    said = refused(["run", "--sweep", str(file)], capsys)
    assert "line 4" in said and "timout" in said and "timeout" in said
