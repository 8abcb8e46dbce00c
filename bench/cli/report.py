"""``bench report``: one or several runs as a page, as Markdown, as pictures."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.console import console
from bench.cli.summary import show_summary
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
def report(*, runs: tuple[Path, ...], output: Path | None) -> int:
    """Make a page of one or several runs: report.html, its figures, and RUN/report.md.

    The page needs no network and nothing beside it.
    """
    out = output or (runs[0] if len(runs) == 1 else SEVERAL)
    write_page(runs, out)
    for run in runs:
        folder = RunFolder.open(run)
        show_summary(console(), folder, write_report(folder))
    console().print(f"Page: {out / PAGE_FILE}", markup=False, soft_wrap=True)
    return 0
