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

SEVERAL = Path("report")
"""Where the page of several runs goes unless told otherwise."""


@click.command()
@click.argument("runs", type=click.Path(path_type=Path), metavar="RUN...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for report.html and figures/. [the run's own; ./report for several runs]",
)
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
    show_summary(console(), folder, write_report(folder))
    _page([run], out)


def _page(runs: Sequence[Path], out: Path) -> None:
    """Make the page of all runs that measured anything."""
    measured = [run for run in runs if is_measurement(RunFolder.open(run).header)]
    if not measured:
        click.echo("No page: times of an emulated machine mean nothing", err=True)
        return
    write_page(measured, out)
    click.echo(f"Page: {out / PAGE_FILE}", err=True)
