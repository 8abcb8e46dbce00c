"""What is made of a run that did not finish is made, and is no whole answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench.cli.main import cli
from bench.record import RunHeader, TrialRecord
from bench.store import RunFolder

ENDED = "2026-01-02T03:14:05Z"


@pytest.mark.parametrize(("finished", "code"), [(ENDED, 0), (None, 4)])
@pytest.mark.parametrize("words", [("report",), ("export", "--format", "csv")])
def test_it_is_written_and_the_run_is_named(
    words: tuple[str, ...],
    finished: str | None,
    code: int,
    tmp_path: Path,
    header: RunHeader,
    make_record: Callable[..., TrialRecord],
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = RunFolder.create(tmp_path, replace(header, finished=finished))
    folder.append(make_record(1))
    arguments = [words[0], str(folder.path), *words[1:]]
    assert cli.main(args=arguments, prog_name="bench", standalone_mode=False) == code
    said = capsys.readouterr()
    assert said.out
    assert (f"{folder.path.name} did not finish" in said.err) is bool(code)
