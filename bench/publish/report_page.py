"""The report of one run as a page: the one place that knows what renders it."""

from __future__ import annotations

from pathlib import Path

from bench.analysis.findings import findings
from bench.analysis.source import read_sources
from bench.page import write as page
from bench.report import markdown


def write_report_page(folder: Path) -> None:
    """Write ``report.html``, its figures and ``report.md`` into a run's folder from its records.

    Raises:
        BenchError: Records are corrupted, or the page cannot be written.
    """
    found = findings(read_sources([folder]))
    markdown.write_findings(found)
    page.write_findings(found, folder)
