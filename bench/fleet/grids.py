"""Tables of a fleet's page. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.fleet.causes import causes_text, splits
from bench.fleet.differing import Differing
from bench.fleet.grouping import value_of
from bench.fleet.model import Fleet, HostRun
from bench.fleet.tables import NOTHING, SPOILT_TITLES, load_from, not_run, side_by_side, spoilt_rows
from bench.fleet.words import names_text
from bench.page.grid import Field, Grid, Heading
from bench.record import Status
from bench.words.text import slug


def hosts(fleet: Fleet, by: str) -> Grid:
    """Which host has what."""
    extra = [] if by in ("kernel", "cpu") else [by]
    words = (fleet.each, "state", *extra)
    headings = [
        *(Heading(word, numeric=False) for word in words),
        *(Heading(status, "trials") for status in Status),
        Heading("not run", "planned trials that have no record"),
        *(Heading(word, numeric=False) for word in ("kernel", "CPU", "load from", "run")),
    ]
    rows = [
        [
            Field(host.name),
            Field(host.state),
            *(Field(value_of(host, name)) for name in extra),
            *(_count(host.counts.get(status, 0)) for status in Status),
            Field(not_run(host), sort=host.missing),
            *(Field(value_of(host, name)) for name in ("kernel", "cpu")),
            Field(load_from(host)),
            Field(host.run_id or NOTHING),
        ]
        for host in fleet.hosts
    ]
    return Grid("hosts", f"Which {fleet.each} has what", headings, rows, compact=True)


def spoilt(fleet: Fleet) -> Grid:
    """Trials that failed or do not count."""
    titles = (fleet.each, *SPOILT_TITLES)
    headings = [Heading(title, numeric=title == "trial") for title in titles]
    rows = [
        [Field(host), Field(trial, sort=float(trial)), *(Field(text) for text in rest)]
        for host, trial, *rest in spoilt_rows(fleet)
    ]
    return Grid("spoilt", "Trials that failed or do not count", headings, rows, compact=True)


def differing(fleet: Fleet, found: Differing) -> Grid:
    """Hosts that differ, and the facts in which they differ as well."""
    headings = [
        Heading(fleet.each, numeric=False),
        Heading("quantity", numeric=False),
        Heading("times", "the host's figure over that of the others"),
        Heading("differs as well in", numeric=False),
        Heading("judged by", numeric=False),
        Heading("cells", "cells on which it differs to that side"),
    ]
    rows = [
        [
            Field(row.host),
            Field(row.quantity),
            Field(f"{row.ratio:.2f}", sort=row.ratio),
            Field(causes_text(row.causes)),
            Field(row.group),
            Field(f"{row.far} of {row.cells}", sort=row.far / row.cells),
        ]
        for row in found.rows
    ]
    title = f"{fleet.each.capitalize()}s that differ, and in what else"
    return Grid("differing", title, headings, rows, compact=True)


def facts(fleet: Fleet) -> Grid:
    """Every fact that differs: a row for each of its values."""
    headings = [Heading(title, numeric=False) for title in ("fact", "value", f"{fleet.each}s")]
    rows = [
        [Field(split.fact), Field(value), Field(names_text(names))]
        for split in splits(fleet.hosts)
        for value, names in split.hosts.items()
    ]
    return Grid("facts", f"Facts that differ between {fleet.each}s", headings, rows, compact=True)


def tables(fleet: Fleet, groups: Mapping[str, Sequence[HostRun]]) -> list[tuple[str, str, Grid]]:
    """Title, meaning and table of each quantity: a row for each cell."""
    return [
        (
            each.title,
            each.meaning,
            Grid(
                f"cells-{slug(each.title)}",
                f"{each.title} by cell",
                [Heading("cell", numeric=False), *(Heading(name) for name in each.columns)],
                [
                    [Field(cell), *(Field(f.middle, f.spread, f.value, f.flagged) for f in row)]
                    for cell, row in each.rows
                ],
            ),
        )
        for each in side_by_side(fleet, groups)
    ]


def _count(number: int) -> Field:
    return Field(str(number), sort=number)
