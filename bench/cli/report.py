"""``bench report``: one or several runs, or a fleet, as a page, as Markdown, as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from bench.cli.console import console
from bench.cli.summary import show_summary
from bench.errors import UsageError
from bench.fleet.markdown import render, write_fleet_report
from bench.fleet.read import is_fleet, read_fleet, read_runs
from bench.record import is_measurement
from bench.report.markdown import write_report
from bench.report.page.write import PAGE_FILE, write_page
from bench.store import RunFolder


@click.command()
@click.argument("runs", type=click.Path(path_type=Path), metavar="RUN...", nargs=-1, required=True)
@click.option(
    "--by",
    metavar="NAME",
    help="Group the hosts of a fleet: kernel, cpu, an inventory variable, a host fact. [kernel]",
)
def report(*, runs: tuple[Path, ...], output: Path | None, by: str | None) -> int:
    """Make a page of one or several runs: report.html, its figures, and RUN/report.md.

    The page needs no network and nothing beside it. Several runs, or the folder of a fleet
    run, also give a fleet report: hosts side by side.
    """
    if len(runs) == 1 and is_fleet(runs[0]):
        _fleet(runs[0], by or "kernel")
    elif len(runs) == 1:
        _one(runs[0], output or runs[0], by)
    else:
        click.echo(render(read_runs(runs), by=by or "kernel"), nl=False)
        _page(runs, output or SEVERAL)
    return 0


def _fleet(path: Path, by: str) -> None:
    written = write_fleet_report(read_fleet(path), path, by=by)
    click.echo(written.read_text(), nl=False)
    click.echo(f"Report: {written}", err=True)


def _one(run: Path, out: Path, by: str | None) -> None:
    if by is not None:
        raise UsageError("--by groups hosts, and one run has one", remedy="Leave it out")
    folder = RunFolder.open(run)
    written = write_report(folder)
    show_summary(console(), folder, written)
