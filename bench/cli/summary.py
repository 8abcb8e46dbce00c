"""What ``bench run`` says at its end, for people and as JSON."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.analysis.answers.question import Sentence
from bench.record import RECORD, TrialRecord
from bench.report.recording import print_recording
from bench.report.terminal import print_report
from bench.store import RunFolder
from bench.store.run import Run
from bench.sweep.again import wanting


def show_summary(
    out: Console,
    folder: RunFolder,
    records: Sequence[TrialRecord],
    report: Path,
    answer: Sequence[Sentence] = (),
) -> None:
    """Answer and tables of the run, its report, and the command to go on with."""
    if folder.header.recording is None:
        print_report(out, folder.header, records, answer)
    else:
        print_recording(out, Run(header=folder.header, records=records, path=folder.path))
    out.print(f"Report: {report}", soft_wrap=True, markup=False)
    out.print(f"Next: {next_command(folder, records)}", soft_wrap=True, markup=False)


def next_command(folder: RunFolder, records: Sequence[TrialRecord]) -> str:
    """What most people do next: end the run, or take its numbers along."""
    path = shlex.quote(str(folder.path))
    if folder.header.recording is not None:
        return f"bench export {path} --format csv > maps.csv"
    if folder.header.finished is None or wanting(records):
        return f"bench run --resume {path}"
    return f"bench export {path} --format csv > trials.csv"


def run_document(folder: RunFolder, report: Path) -> dict[str, Any]:
    """The one JSON document of ``--json``."""
    records = folder.records()
    return {
        "run_id": folder.header.run_id,
        "path": str(folder.path),
        "report": str(report),
        "finished": folder.header.finished,
        "wanting": [record.trial for record in wanting(records)],
        "seed": folder.header.seed,
        "summary": dict(Counter(str(record.status) for record in records)),
        "trials": [RECORD.dump_python(record, mode="json") for record in records],
    }
