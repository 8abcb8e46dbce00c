"""``bench report``: runs as a page, and the tables of a run or of a fleet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from bench.analysis.findings import findings
from bench.cli.common import output_option
from bench.cli.console import console
from bench.cli.summary import show_summary
from bench.cli.unfinished import code_of, code_of_fleet
from bench.errors import BenchError, UsageError
from bench.fleet.markdown import render, write_fleet_report
from bench.fleet.page import write_fleet_page
from bench.fleet.read import fleet_of_runs, is_fleet, read_fleet
from bench.page import write as page
from bench.page.write import PAGE_FILE
from bench.report import markdown
from bench.report.recording import render_side_by_side
from bench.store.limits_files import limits_beside
from bench.store.run import read_runs

DEFAULT_BY = "kernel"
SEVERAL = Path("report")
"""Where the page of several runs goes unless another folder is given."""


@click.command()
@click.argument("runs", type=click.Path(path_type=Path), metavar="RUN...", nargs=-1, required=True)
@click.option(
    "--by",
    metavar="NAME",
    help="Group the hosts of a fleet: kernel, cpu, an inventory variable, a host fact. [kernel]",
)
@click.option(
    "--figures",
    "pictures",
    is_flag=True,
    help="Make each chart of the page a picture as well, SVG and PNG, in figures/.",
)
@output_option("Folder for report.html and figures/. [that of the run; ./report for several runs]")
def report(*, runs: tuple[Path, ...], by: str | None, pictures: bool, output: Path | None) -> int:
    """Make report.html and report.md of a run, and print its answer and its tables.

    The page needs no network and nothing beside it. The folder of a fleet run gets a fleet
    report of the same kind, hosts side by side, and cells.csv. Several runs are printed side by
    side, and their page goes to ./report.
    """
    if len(runs) > 1:
        return _several(runs, by or DEFAULT_BY, output or SEVERAL, pictures=pictures)
    if is_fleet(runs[0]):
        return _fleet(runs[0], by or DEFAULT_BY, output or runs[0], pictures=pictures)
    return _one(runs[0], by, output, pictures=pictures)


def _several(runs: Sequence[Path], by: str, output: Path, *, pictures: bool) -> int:
    read = read_runs(runs)
    found = findings(read, limits_beside(runs))
    shown = render_side_by_side(read) if found.recorded else render(fleet_of_runs(runs), by=by)
    click.echo(shown, nl=False)
    page.write_findings(found, output, pictures=pictures)
    click.echo(f"Page: {output / PAGE_FILE}", err=True)
    return code_of(run.header for run in read)


def _fleet(run: Path, by: str, output: Path, *, pictures: bool) -> int:
    fleet = read_fleet(run)
    try:
        written = write_fleet_report(fleet, output, by=by)
        page = write_fleet_page(fleet, output, by=by, pictures=pictures)
    except BenchError:
        click.echo(render(fleet, by=by), nl=False)  # A full disk keeps nobody from reading it.
        raise
    click.echo(written.read_text(), nl=False)
    click.echo(f"Report: {written}", err=True)
    click.echo(f"Page: {page}", err=True)
    return code_of_fleet(fleet)


def _one(run: Path, by: str | None, output: Path | None, *, pictures: bool) -> int:
    if by is not None:
        raise UsageError("--by groups hosts, and one run has one", remedy="Leave it out")
    found = findings(read_runs([run]), limits_beside([run]))
    written = markdown.write_findings(found)
    (read,) = found.runs
    show_summary(console(), read.folder, read.records, written, found.answer)
    page.write_findings(found, output or run, pictures=pictures)
    click.echo(f"Page: {(output or run) / PAGE_FILE}")
    return code_of([read.header])
