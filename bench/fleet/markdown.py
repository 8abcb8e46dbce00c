"""The fleet report: which host has what, hosts that differ, and cells side by side."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.analysis.figure_text import FLAG
from bench.fleet.causes import causes_text, shortened, splits
from bench.fleet.differing import differing
from bench.fleet.grouping import grouped, value_of
from bench.fleet.model import Fleet, HostRun
from bench.fleet.tables import (
    MOST_COLUMNS,
    NOTHING,
    SPOILT_TITLES,
    left_out,
    load_from,
    long_rows,
    not_run,
    side_by_side,
    spoilt_rows,
)
from bench.fleet.words import Trouble, counts, names_text, troubles, verdict
from bench.record import Status
from bench.store import write_atomically
from bench.words.escape import escape, printable, table

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
        f"# {'Fleet ' if fleet.machines is None else ''}{escape(fleet.name)}",
        f"{counts(fleet)} {escape(verdict(fleet))}",
        *(f"**Warning:** {escape(warning)}" for warning in fleet.warnings),
        f"## Which {fleet.each} has what",
        _hosts(fleet, by),
        *_troubles(fleet),
        *_spoilt(fleet),
        f"## {fleet.each.capitalize()}s that differ",
        *_differing(fleet, groups, by),
        "## Facts that differ",
        *_facts(fleet),
        "## Cells side by side",
        *_cells(fleet, groups, by),
    ]
    return "\n\n".join(parts) + "\n"


def _hosts(fleet: Fleet, by: str) -> str:
    titles = [
        fleet.each,
        by,
        "has",
        *map(str, Status),
        "not run",
        "kernel",
        "CPU",
        "load from",
        "run",
    ]
    if by in ("kernel", "cpu"):
        titles.remove(by)
    rows = []
    for host in fleet.hosts:
        row = [host.name, *([] if by in ("kernel", "cpu") else [value_of(host, by)]), host.state]
        row += [str(host.counts.get(status, 0)) for status in Status]
        row += [not_run(host), value_of(host, "kernel"), value_of(host, "cpu")]
        rows.append([*row, load_from(host), host.run_id or NOTHING])
    return table(titles, rows, right=len(titles))


def _troubles(fleet: Fleet) -> list[str]:
    found = troubles(fleet)
    if not found:
        return []
    lines = [f"- {escape(t.host)}: {escape(t.text)} {_goes_on(t)}" for t in found]
    return ["## What went wrong", "\n".join(lines)]


def _goes_on(trouble: Trouble) -> str:
    known = trouble.command
    return (
        f"To go on, run: `{printable(known).replace('`', '')}`" if known else f"{trouble.goes_on}."
    )


def _spoilt(fleet: Fleet) -> list[str]:
    rows = spoilt_rows(fleet)
    if not rows:
        return []
    parts = [
        "## Trials that failed or do not count",
        table((fleet.each, *SPOILT_TITLES), rows, right=()),
    ]
    return [*parts, *(escape(text) for text in left_out(fleet))]


def _differing(fleet: Fleet, groups: Mapping[str, Sequence[HostRun]], by: str) -> list[str]:
    found = differing(groups, by)
    said = found.nothing
    if found.rows:
        titles = (fleet.each, "quantity", "times", "differs as well in", "judged by", "cells")
        rows = [
            (
                each.host,
                each.quantity,
                f"{each.ratio:.2f}",
                causes_text(each.causes),
                each.group,
                f"{each.far} of {each.cells}",
            )
            for each in found.rows
        ]
        said = table(titles, rows, right=(2, 5))
    return [said, *([escape(found.how)] if found.how else [])]


def _facts(fleet: Fleet) -> list[str]:
    rows = [
        (split.fact, shortened(value), names_text(hosts))
        for split in splits(fleet.hosts)
        for value, hosts in split.hosts.items()
    ]
    if not rows:
        return ["No known fact differs between the hosts."]
    return [table(("fact", "value", f"{fleet.each}s"), rows, right=())]


def _cells(fleet: Fleet, groups: Mapping[str, Sequence[HostRun]], by: str) -> list[str]:
    tables = side_by_side(fleet, groups)
    if not tables:
        return ["No host has a record yet."]
    parts: list[str] = [escape(how_to_read(fleet, by))]
    for each in tables:
        parts += [f"### {escape(each.title)}", f"{escape(each.meaning)}."]
        rows = [(cell, *map(str, figures)) for cell, figures in each.rows]
        parts.append(table(("cell", *each.columns), rows, right=1))
    return parts


def how_to_read(fleet: Fleet, by: str) -> str:
    """What a figure of the tables side by side is."""
    if len(fleet.hosts) <= MOST_COLUMNS:
        return (
            "Each figure is the median over a host's ok trials of the cell. "
            f"Those marked {FLAG} come from invalid trials only and must not be relied on."
        )
    return (
        f"Hosts are grouped by {by}. Each figure is the median over the hosts of the "
        "group of their own medians; in brackets the lowest and highest host, and the number "
        f"of hosts. Figures from invalid trials do not enter. {FIGURES_FILE} has every host."
    )
