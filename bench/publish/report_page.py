"""The report of a run or of a fleet run as a page: the one place that knows what renders it."""

from __future__ import annotations

from pathlib import Path

from bench.analysis.findings import findings
from bench.fleet.markdown import write_fleet_report
from bench.fleet.page import write_fleet_page
from bench.fleet.read import read_fleet
from bench.page import write as page
from bench.publish.made_of import write_answer
from bench.report import markdown
from bench.store.limits_files import Limits
from bench.store.run import read_runs

FLEETS_BY = "kernel"
"""What hosts are grouped by."""


LIBRARY = "vega.js"
"""The chart library in a site: one copy for all of its pages."""


def write_report_page(folder: Path, *, library: str = "", limits: Limits | None = None) -> None:
    """Write ``report.html``, ``report.md`` and ``answer.json`` into a run's folder.

    Args:
        folder: The run's folder.
        library: Address of the chart library, from there.
        limits: Answers of kernels that are published with it.

    Raises:
        BenchError: Records are corrupted, or the page cannot be written.
    """
    found = findings(read_runs([folder]), limits)
    markdown.write_findings(found)
    page.write_findings(found, folder, library=library)
    write_answer(folder, found.answer)


def write_fleet_reports(folder: Path, *, library: str = "", limits: Limits | None = None) -> None:
    """Write the report of a fleet run into its folder, after those of its hosts' runs.

    Args:
        folder: The fleet run's folder.
        library: Address of the chart library, from there.
        limits: Answers of kernels that are published with it.

    Raises:
        BenchError: Records are corrupted, or a page cannot be written.
    """
    fleet = read_fleet(folder)
    for host in fleet.hosts:
        if host.folder:
            write_report_page(host.folder, library=f"../../{library}", limits=limits)
    write_fleet_report(fleet, folder, by=FLEETS_BY)
    write_fleet_page(fleet, folder, by=FLEETS_BY, library=library)
