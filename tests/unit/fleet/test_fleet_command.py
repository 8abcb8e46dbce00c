"""``bench report`` with the folder of a fleet run, and with several runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.cli import report as module
from bench.cli.report import report
from bench.errors import BenchError, UsageError
from tests.unit.fleet.conftest import MakeFleetFolder


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page of several runs goes below the current folder."""
    monkeypatch.chdir(tmp_path)


def call(*words: object, code: int = 0) -> None:
    assert report.main(args=[str(word) for word in words], standalone_mode=False) == code


def test_a_fleet_folder_gets_its_report(
    make_fleet_folder: MakeFleetFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_fleet_folder({"a": 3, "b": None})
    call(folder, "--by", "rack", code=4)
    printed = capsys.readouterr()
    assert printed.out == (folder / "report.md").read_text()
    assert "| a | 7 | complete |" in printed.out
    assert f"Report: {folder}/report.md" in printed.err
    assert (folder / "cells.csv").exists()
    assert "2 hosts: 1 complete, 1 not measured" in (folder / "report.html").read_text()
    assert f"Page: {folder}/report.html" in printed.err


@pytest.mark.parametrize(
    ("records", "lacking"),
    [
        ({"a": 3, "b": 3}, []),
        ({"a": 3, "b": 2}, ["b has not all of its records (partial)"]),
        ({"a": None, "b": 3}, ["a has not all of its records (not measured)"]),
    ],
)
def test_hosts_that_lack_records_are_named_and_leave_it_unanswered(
    records: dict[str, int | None],
    lacking: list[str],
    make_fleet_folder: MakeFleetFolder,
    capsys: pytest.CaptureFixture[str],
) -> None:
    call(make_fleet_folder(records), code=4 if lacking else 0)
    said = capsys.readouterr().err.splitlines()
    assert [line for line in said if "has not all" in line] == lacking


def test_output_takes_all_of_it(make_fleet_folder: MakeFleetFolder, tmp_path: Path) -> None:
    folder, out = make_fleet_folder({"a": 3}), tmp_path / "elsewhere"
    before = sorted(folder.rglob("*"))
    call(folder, "--output", out)
    assert sorted(folder.rglob("*")) == before
    names = {path.name for path in out.iterdir()}
    assert names == {"report.html", "report.md", "cells.csv"}
    run = next(folder.glob("a/*"))
    assert f'href="../fleet/a/{run.name}/run.json"' in (out / "report.html").read_text()


def test_several_runs_are_only_printed(
    make_fleet_folder: MakeFleetFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_fleet_folder({"a": 3, "b": 3})
    runs = [file.parent for file in folder.glob("*/*/run.json")]
    before = sorted(folder.rglob("*"))
    call(*runs)
    assert "# 2 runs" in capsys.readouterr().out
    assert sorted(folder.rglob("*")) == before


def test_two_runs_of_one_host_are_not_two_hosts(
    make_fleet_folder: MakeFleetFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    """Their records say the same host name."""
    runs = [file.parent for file in make_fleet_folder({"a": 3, "b": 3}).glob("*/*/run.json")]
    for number, run in enumerate(runs):
        header = json.loads((run / "run.json").read_text())
        header["host"]["hostname"] = "one"
        (run / "run.json").write_text(json.dumps(header | {"run_id": f"run-{number}"}))
    call(*runs)
    text = capsys.readouterr().out
    assert "2 runs of 1 host: 2 complete." in text
    assert "## Which run has what" in text and "## Runs that differ" in text
    assert "2 hosts" not in text
    headings = [line for line in text.splitlines() if line.startswith("| host")]
    assert headings == [], "each row is a run"
    assert "\n| run | has |" in text


def test_one_run_has_nothing_to_group(make_fleet_folder: MakeFleetFolder) -> None:
    folder = make_fleet_folder({"a": 3})
    (run,) = folder.glob("*/*/run.json")
    with pytest.raises(UsageError, match="--by groups hosts"):
        call(run.parent, "--by", "kernel")


def test_a_folder_that_is_neither_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a run"):
        call(tmp_path)


def test_a_report_that_cannot_be_written_is_shown_all_the_same(
    make_fleet_folder: MakeFleetFolder,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*arguments: object, **options: object) -> None:
        raise BenchError("cannot write results: No space left on device")

    monkeypatch.setattr(module, "write_fleet_page", full)
    with pytest.raises(BenchError, match="No space left"):
        call(make_fleet_folder({"a": 3}))
    assert "| a | complete |" in capsys.readouterr().out
