"""The report of a run or of a fleet run as a page: the one place that knows what renders it."""

from __future__ import annotations

from pathlib import Path

from bench.analysis.findings import findings
from bench.fleet.markdown import write_fleet_report
from bench.fleet.page import write_fleet_page
from bench.fleet.read import read_fleet
from bench.page import write as page
from bench.report import markdown
from bench.store.run import read_runs

FLEETS_BY = "kernel"
"""What hosts are grouped by."""


def write_report_page(folder: Path) -> None:
    """Write ``report.html``, its figures and ``report.md`` into a run's folder from its records.

    Raises:
        BenchError: Records are corrupted, or the page cannot be written.
    """
    found = findings(read_runs([folder]))
    markdown.write_findings(found)
    page.write_findings(found, folder)


def write_fleet_reports(folder: Path) -> None:
    """Write the report of a fleet run into its folder, after those of its hosts' runs.

    Raises:
        BenchError: Records are corrupted, or a page cannot be written.
    """
    fleet = read_fleet(folder)
    for host in fleet.hosts:
        if host.folder:
            write_report_page(host.folder)
    write_fleet_report(fleet, folder, by=FLEETS_BY)
    write_fleet_page(fleet, folder, by=FLEETS_BY)
