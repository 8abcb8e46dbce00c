"""``bench timers``: the bpf_timers that are armed now, whoever armed them."""

from __future__ import annotations

import os

import click

from bench.cli.common import json_option
from bench.cli.console import console, print_json
from bench.cli.timers_table import print_timers
from bench.cli.types import count
from bench.errors import explained
from bench.host.privilege import require_bpf
from bench.watch.armed import document, rows_of
from bench.watch.census import Census
from bench.watch.choice import chosen

SHOWN = 20


@click.command()
@click.option(
    "--map", "wanted", metavar="ID|NAME|PIN", help="Only this map, or all maps of this name."
)
@click.option(
    "--most",
    type=count(most="100k"),
    default=str(SHOWN),
    metavar="N",
    help=f"Timers shown of each map: those due first. [{SHOWN}]",
)
@json_option
def timers(*, wanted: str | None, most: int, as_json: bool) -> int:
    """List the bpf_timers that are armed on this host now.

    For each map whose values hold a timer: how many are armed, and of those due first the
    time until then, the CPU, the callback and its program, and the key. Nothing that runs is
    changed. All armed timers are counted, however many are shown.
    """
    require_bpf()
    with explained("look at the maps of this host"), Census(most) as census:
        rows = rows_of(census, chosen(census.maps(), wanted))
    if as_json:
        print_json(document(rows, os.uname().release))
    else:
        print_timers(console(), rows)
    return 0
