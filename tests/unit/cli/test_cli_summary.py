from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import click
import pytest
from rich.console import Console

import bench
from bench.cli.main import cli
from bench.cli.summary import next_command, run_document, show_summary
from bench.record import RECORD, RunHeader, Status, TrialRecord
from bench.report.terminal import console_for
from bench.store import RunFolder

PUBLISHED = sorted(Path(bench.__file__).parents[1].glob("results/*/run.json"))
MakeRecord = Callable[..., TrialRecord]


@pytest.fixture
def folder(tmp_path: Path, header: RunHeader, make_record: MakeRecord) -> RunFolder:
    made = RunFolder.create(tmp_path, header)
    made.append(make_record(1))
    made.append(make_record(2, status=Status.FAILED, error="interrupted"))
    made.append(make_record(3, status=Status.INVALID, reasons=["steal 20%"]))
    made.append(make_record(2))
    return made


def shown(folder: RunFolder) -> str:
    out = Console(file=StringIO(), width=40)
    show_summary(out, folder, folder.records(), folder.path / "report.md")
    assert isinstance(out.file, StringIO)
    return out.file.getvalue()


def test_the_document_has_the_latest_record_of_each_trial(folder: RunFolder) -> None:
    document = json.loads(json.dumps(run_document(folder, Path("report.md"))))
    assert document["run_id"] == folder.path.name and document["path"] == str(folder.path)
    assert (document["report"], document["seed"], document["finished"]) == ("report.md", 7, None)
    assert document["summary"] == {"ok": 2, "invalid": 1}
    records = [RECORD.validate_python(trial) for trial in document["trials"]]
    assert records == folder.records()


def test_the_summary_names_the_report_and_the_next_command(folder: RunFolder) -> None:
    text = shown(folder.finish())
    report, following = text.splitlines()[-2:]
    assert report == f"Report: {folder.path}/report.md"
    assert following == f"Next: bench export {folder.path} --format csv > trials.csv"
    assert "2 ok, 1 invalid, 0 failed" in " ".join(text.split())


def test_an_unfinished_run_says_how_to_continue_it(folder: RunFolder) -> None:
    assert shown(folder).endswith(f"Next: bench run --resume {folder.path}\n")


@pytest.mark.parametrize("finished", [True, False])
def test_the_next_command_is_one_that_the_shell_and_bench_take(
    folder: RunFolder, finished: bool, tmp_path: Path
) -> None:
    moved = folder.path.rename(tmp_path / "it's a run")
    opened = RunFolder.open(moved)
    words = shlex.split(next_command(opened.finish() if finished else opened, []))
    assert words[0] == "bench" and str(moved) in words
    command = cli.get_command(click.Context(cli), words[1])
    assert command
    arguments = words[2 : words.index(">")] if ">" in words else words[2:]
    command.make_context("bench", arguments)  # Raises where an option is unknown.


def test_the_summary_of_a_published_run_fits_100_columns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("COLUMNS")
    for file in PUBLISHED:
        out = console_for(StringIO())
        folder = RunFolder.open(file.parent)
        show_summary(out, folder, folder.records(), Path("results", file.parent.name))
        assert isinstance(out.file, StringIO)
        lines = out.file.getvalue().replace(f"{file.parents[1]}", "results").splitlines()
        assert max(map(len, lines)) <= 100


def test_a_finished_run_with_a_failed_trial_is_gone_on_with(
    tmp_path: Path, header: RunHeader, make_record: Callable[..., TrialRecord]
) -> None:
    folder = RunFolder.create(tmp_path, header).finish()
    failed = make_record(2, status=Status.FAILED, error="load host load1 does not answer")
    assert next_command(folder, [make_record(1), failed]).startswith("bench run --resume")
