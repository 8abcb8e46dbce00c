"""The fleet report: which host has what, hosts that differ, and cells side by side."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.analysis.figure_text import FLAG
from bench.fleet.grouping import grouped, value_of
from bench.fleet.model import Fleet, HostRun
from bench.fleet.outliers import FEWEST_HOSTS, RULE, Outlier, outliers
from bench.fleet.tables import MOST_COLUMNS, long_rows, side_by_side
from bench.record import Status
from bench.store import write_atomically
from bench.words.escape import escape, table

REPORT_FILE = "report.md"
FIGURES_FILE = "cells.csv"


def write_fleet_report(fleet: Fleet, folder: Path, *, by: str) -> Path:
    """Write ``report.md`` and ``cells.csv`` into a folder; the path of the report.

    Raises:
        UsageError: Hosts cannot be grouped by that.
        BenchError: They cannot be written.
    """
    text = render(fleet, by=by)
    figures = io.StringIO()
    csv.writer(figures, lineterminator="\n").writerows(long_rows(fleet))
    write_atomically(folder / FIGURES_FILE, figures.getvalue().encode())
    write_atomically(folder / REPORT_FILE, text.encode())
    return folder / REPORT_FILE


def render(fleet: Fleet, *, by: str) -> str:
    """The report as Markdown.

    Args:
        fleet: What was measured.
        by: What hosts are grouped by: ``kernel``, ``cpu``, an inventory variable or a fact.

    Raises:
        UsageError: Hosts cannot be grouped by that.
    """
    groups = grouped(fleet, by)
    parts = [
        f"# Fleet {escape(fleet.name)}",
        _counts(fleet),
        *(f"**Warning:** {escape(warning)}" for warning in fleet.warnings),
        "## Which host has what",
        _hosts(fleet, by),
        *_troubles(fleet),
        "## Hosts that differ",
        *_outliers(groups, by),
        "## Cells side by side",
        *_cells(fleet, groups, by),
    ]
    return "\n\n".join(parts) + "\n"


def _counts(fleet: Fleet) -> str:
    states = [host.state for host in fleet.hosts]
    words = (f"{states.count(state)} {state}" for state in ("complete", "partial", "nothing"))
    return f"{len(fleet.hosts)} hosts: {', '.join(words)}."


def _hosts(fleet: Fleet, by: str) -> str:
    titles = ["host", by, "has", *map(str, Status), "not run", "kernel", "CPU", "load from", "run"]
    if by in ("kernel", "cpu"):
        titles.remove(by)
    rows = []
    for host in fleet.hosts:
        row = [host.name, *([] if by in ("kernel", "cpu") else [value_of(host, by)]), host.state]
        row += [str(host.counts.get(status, 0)) for status in Status]
        row += [str(host.missing), value_of(host, "kernel"), value_of(host, "cpu")]
        rows.append([*row, ", ".join(host.load_hosts) or "itself", host.run_id or "-"])
    return table(titles, rows, right=len(titles))


def _troubles(fleet: Fleet) -> list[str]:
    lines = [
        f"- {escape(host.name)}: {escape(host.trouble)}" for host in fleet.hosts if host.trouble
    ]
    return ["What went wrong:", "\n".join(lines)] if lines else []


def _outliers(groups: Mapping[str, Sequence[HostRun]], by: str) -> list[str]:
    found = [(group, each) for group, hosts in groups.items() for each in outliers(hosts)]
    if not any(len(hosts) >= FEWEST_HOSTS for hosts in groups.values()):
        said = f"No group has the {FEWEST_HOSTS} hosts that it takes to tell."
    elif not found:
        said = "None."
    else:
        titles = ("host", by, "quantity", "far cells", "times the group's median")
        said = table(titles, [_outlier(group, each) for group, each in found], right=3)
    return [said, RULE]


def _outlier(group: str, each: Outlier) -> tuple[str, ...]:
    return each.host, group, each.quantity, f"{each.far} of {each.cells}", f"{each.ratio:.2f}"


def _cells(fleet: Fleet, groups: Mapping[str, Sequence[HostRun]], by: str) -> list[str]:
    tables = side_by_side(fleet, groups)
    if not tables:
        return ["No host has a record yet."]
    if len(fleet.hosts) <= MOST_COLUMNS:
        how = (
            "Each figure is the median over a host's ok trials of the cell. "
            f"Those marked {FLAG} come from invalid trials only and must not be relied on."
        )
    else:
        how = (
            f"Hosts are grouped by {escape(by)}. Each figure is the median over the hosts of the "
            "group of their own medians; in brackets the lowest and highest host, and the number "
            f"of hosts. Figures from invalid trials do not enter. {FIGURES_FILE} has every host."
        )
    parts = [how]
    for each in tables:
        parts += [f"### {escape(each.title)}", f"{escape(each.meaning)}."]
        parts.append(table(("cell", *each.columns), each.rows, right=1))
    return parts
