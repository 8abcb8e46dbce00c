from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bench.cli.summary import run_document, show_summary
from bench.record import RECORD, RunHeader, Status, TrialRecord
from bench.store import RunFolder

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
    show_summary(out, folder, folder.path / "report.md")
    assert isinstance(out.file, StringIO)
    return out.file.getvalue()


def test_the_document_has_the_latest_record_of_each_trial(folder: RunFolder) -> None:
    document = json.loads(json.dumps(run_document(folder, Path("report.md"))))
    assert document["run_id"] == folder.path.name and document["path"] == str(folder.path)
    assert (document["report"], document["seed"], document["finished"]) == ("report.md", 7, None)
    assert document["summary"] == {"ok": 2, "invalid": 1}
    records = [RECORD.validate_python(trial) for trial in document["trials"]]
    assert records == folder.records()


def test_the_summary_ends_with_the_report_s_path_in_one_line(folder: RunFolder) -> None:
    text = shown(folder.finish())
    assert text.endswith(f"Report: {folder.path}/report.md\n")
    assert "2 ok, 1 invalid, 0 failed" in " ".join(text.split())


def test_an_unfinished_run_says_how_to_continue_it(folder: RunFolder) -> None:
    assert shown(folder).endswith(f"Continue: bench run --resume {folder.path}\n")


def test_a_finished_run_cannot_be_continued(folder: RunFolder) -> None:
    assert "Continue" not in shown(folder.finish())
