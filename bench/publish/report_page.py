"""The report of one run as a page: the one place that knows what renders it."""

from __future__ import annotations

from pathlib import Path

from bench.report.markdown import write_report
from bench.report.page.write import write_page
from bench.store import RunFolder


def write_report_page(folder: Path) -> None:
    """Write ``report.html``, its figures and ``report.md`` into a run's folder from its records.

    Raises:
        BenchError: Records are corrupted, or the page cannot be written.
    """
    write_report(RunFolder.open(folder))
    write_page([folder], folder)
