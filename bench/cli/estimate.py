"""``bench estimate``: what-if, from the cost model of a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from bench.analysis.cell_rows import cell_rows
from bench.cli.common import json_option
from bench.cli.console import console, print_json
from bench.cli.types import count, duration
from bench.errors import BenchError, UsageError, quoted
from bench.exits import exit_of
from bench.quantities.behaviour import NO_MEASUREMENT
from bench.report.answer_lines import print_lines
from bench.store.run import Run, read_runs
from bench.whatif.answer import what_if
from bench.whatif.document import document
from bench.whatif.push_backs import push_backs
from bench.whatif.terms import Demand
from bench.whatif.text import lines

HOST = ("machine_id_hash", "hostname", "cpu_model", "cpus_online", "kernel_release")
"""Facts in which runs of one host agree."""


@click.command()
@click.argument("runs", type=click.Path(path_type=Path), metavar="RUN...", nargs=-1, required=True)
@click.option(
    "--load",
    "load_hz",
    type=count(),
    metavar="RATE",
    required=True,
    help="Connections per second, such as 5k.",
)
@click.option(
    "--timeout",
    "timeout_ns",
    type=duration(),
    metavar="DURATION",
    required=True,
    help="Timeout of the timer on each connection, such as 300s.",
)
@click.option(
    "--push-backs",
    "pushed",
    type=count("0"),
    metavar="NUMBER",
    default="0",
    help="How often the timer of a connection is pushed back; needs a run of churn beside. [0]",
)
@json_option
def estimate(
    *, runs: tuple[Path, ...], load_hz: int, timeout_ns: int, pushed: int, as_json: bool
) -> int:
    """Estimate what a timer on every connection would cost on the host of a run.

    A cost model is fitted to the cells of the run (bench run --sweep connections). It is checked by
    leaving out whole rates and timeouts, and asked only within what was measured.

    \b
    bench estimate RUN --load 5k --timeout 300s
    """
    read = read_runs(runs)
    _check(read)
    rows = cell_rows(read)
    found = what_if(rows, Demand(load_hz, timeout_ns), push_backs(rows, pushed))
    if as_json:
        print_json(document(found))
    else:
        print_lines(console(), lines(found))
    return exit_of(unanswered=not found.answered)


def _check(runs: Sequence[Run]) -> None:
    hosts = [[run.header.host.get(name) for name in HOST] for run in runs]
    differing = next((run for run, host in zip(runs, hosts, strict=True) if host != hosts[0]), None)
    if differing:
        raise UsageError(
            f"{quoted(str(differing.path))} is of another host or kernel than the first run",
            remedy="Name runs of one host: its CPUs are what is asked about",
        )
    emulated = next((run for run in runs if not run.measured), None)
    if emulated:
        raise BenchError(
            f"{quoted(str(emulated.path))}: {NO_MEASUREMENT}", remedy="Name a run of real hardware"
        )
