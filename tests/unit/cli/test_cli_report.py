from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.cli.report import report
from bench.record import RunHeader, TrialRecord
from bench.store import RunFolder


@pytest.fixture
def run(tmp_path: Path, header: RunHeader, make_record: Callable[..., TrialRecord]) -> Path:
    folder = RunFolder.create(tmp_path / "results", header)
    folder.append(make_record(1))
    return folder.path


def said(*arguments: object) -> str:
    done = CliRunner().invoke(report, [str(item) for item in arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_a_run_gets_page_and_tables_and_pictures_if_asked(run: Path) -> None:
    text = said(run)
    assert not (run / "figures").exists()
    said(run, "--figures")
    assert "p50" in text
    assert f"Page: {run / 'report.html'}" in text
    assert (run / "report.md").is_file()
    assert list((run / "figures").glob("*.svg"))


def test_the_page_goes_where_it_is_told(run: Path, tmp_path: Path) -> None:
    said(run, "--output", tmp_path / "out")
    assert (tmp_path / "out" / "report.html").is_file()
    assert not (run / "report.html").exists()


def test_several_runs_have_a_page_of_their_own(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said(run, run)
    assert (tmp_path / "report" / "report.html").is_file()
    said(run, run, "--output", "both")
    assert (tmp_path / "both" / "report.html").is_file()
    assert not (run / "report.html").exists()
