"""The report of one run as a page: the one place that knows what renders it."""

from __future__ import annotations

from pathlib import Path

from markupsafe import escape

from bench.publish.pages import page
from bench.report.markdown import write_report
from bench.store import RunFolder, write_atomically

PAGE = "report.html"


def write_report_page(folder: Path) -> None:
    """Write ``report.html`` and ``report.md`` into a run's folder from the records in it.

    Raises:
        BenchError: Records are corrupted, or the page cannot be written.
    """
    run = RunFolder.open(folder)
    text = escape(write_report(run).read_text(encoding="utf-8"))
    made = page(f"runs/{folder.name}/{PAGE}", PAGE, header=run.header, report=text)
    write_atomically(folder / PAGE, made.html.encode())
