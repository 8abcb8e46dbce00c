"""``bench report``: the tables of a run, made again from its records."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.console import console
from bench.cli.summary import show_summary
from bench.report.markdown import write_report
from bench.store import RunFolder


@click.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
def report(*, run: Path) -> int:
    """Write RUN/report.md anew and print the tables of the run."""
    folder = RunFolder.open(run)
    written = write_report(folder)
    show_summary(console(), folder, written)
    return 0
