"""``bench report``: the tables of a run or of a fleet, made again from its records."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.console import console
from bench.cli.summary import show_summary
from bench.errors import UsageError
from bench.fleet.markdown import render, write_fleet_report
from bench.fleet.read import is_fleet, read_fleet, read_runs
from bench.report.markdown import write_report
from bench.store import RunFolder


@click.command()
@click.argument("runs", type=click.Path(path_type=Path), metavar="RUN...", nargs=-1, required=True)
@click.option(
    "--by",
    metavar="NAME",
    help="Group the hosts of a fleet: kernel, cpu, an inventory variable, a host fact. [kernel]",
)
def report(*, runs: tuple[Path, ...], by: str | None) -> int:
    """Write RUN/report.md anew and print the tables of the run.

    Several runs, or the folder of a fleet run, give a fleet report: hosts side by side. That of
    several runs is only printed.
    """
    if len(runs) > 1:
        click.echo(render(read_runs(runs), by=by or "kernel"), nl=False)
    elif is_fleet(runs[0]):
        written = write_fleet_report(read_fleet(runs[0]), runs[0], by=by or "kernel")
        click.echo(written.read_text(), nl=False)
        click.echo(f"Report: {written}", err=True)
    else:
        _one(runs[0], by)
    return 0


def _one(run: Path, by: str | None) -> None:
    if by is not None:
        raise UsageError("--by groups hosts, and one run has one", remedy="Leave it out")
    folder = RunFolder.open(run)
    written = write_report(folder)
    show_summary(console(), folder, written)
