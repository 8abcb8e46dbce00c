"""What ``bench run`` says at its end, for people and as JSON."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.record import RECORD
from bench.report.terminal import print_report
from bench.store import RunFolder


def show_summary(out: Console, folder: RunFolder, report: Path) -> None:
    """Tables of the run, and where to go next."""
    print_report(out, folder.header, folder.records())
    out.print(f"Report: {report}", soft_wrap=True, markup=False)
    if folder.header.finished is None:
        out.print(f"Continue: bench run --resume {folder.path}", soft_wrap=True, markup=False)


def run_document(folder: RunFolder, report: Path) -> dict[str, Any]:
    """The one JSON document of ``--json``."""
    records = folder.records()
    return {
        "run_id": folder.header.run_id,
        "path": str(folder.path),
        "report": str(report),
        "finished": folder.header.finished,
        "seed": folder.header.seed,
        "summary": dict(Counter(str(record.status) for record in records)),
        "trials": [RECORD.dump_python(record, mode="json") for record in records],
    }
