"""What ``bench run`` says at its end, for people and as JSON."""

from __future__ import annotations

import math
import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.campaign.precision import precision_of
from bench.quantities.catalogue import find_compared
from bench.record import RECORD, TrialRecord
from bench.report.terminal import print_report
from bench.spec import Sweep
from bench.store import RunFolder
from bench.sweep.again import wanting
from bench.sweep.plan import PlannedTrial
from bench.units import format_percent
from bench.words.cells import cell_text
from bench.words.plurals import counted, plural


def show_summary(
    out: Console, folder: RunFolder, records: Sequence[TrialRecord], report: Path
) -> None:
    """Tables of the run, its report, and the command to go on with."""
    print_report(out, folder.header, records)
    out.print(f"Report: {report}", soft_wrap=True, markup=False)
    out.print(f"Next: {next_command(folder, records)}", soft_wrap=True, markup=False)


def next_command(folder: RunFolder, records: Sequence[TrialRecord]) -> str:
    """What most people do next: end the run, or take its numbers along."""
    path = shlex.quote(str(folder.path))
    if folder.header.finished is None or wanting(records):
        return f"bench run --resume {path}"
    return f"bench export {path} --format csv > trials.csv"


def show_precision(
    out: Console,
    sweep: Sweep,
    planned: Sequence[PlannedTrial],
    records: Sequence[TrialRecord],
) -> None:
    """Which cells are as precise as asked, and which the budget left wanting."""
    assert sweep.precision is not None
    metric = find_compared(sweep.precision_metric)
    found = precision_of(dict.fromkeys(trial.cell for trial in planned), records, metric)
    wide = [item for item in found if item.wanting(sweep.precision)]
    known = [item for item in found if item.width is not None]
    goal = f"{format_percent(sweep.precision)} of {metric.title}"
    within = len(known) - len(wide)
    of = counted(len(found), "cell")
    out.print(f"{within} of {of} {plural(within, 'is', 'are')} within {goal}.")
    for item in wide:
        width = "too few trials" if item.width == math.inf else format_percent(item.width)
        line = f"  {width} after {counted(item.trials, 'trial')}: {cell_text(item.cell)}"
        out.print(line, markup=False, soft_wrap=True)


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
