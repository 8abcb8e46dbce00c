"""``bench export``: a run in a format that other tools read."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import click

from bench.cli.common import output_option
from bench.cli.console import error_console
from bench.cli.unfinished import code_of
from bench.errors import BenchError, UsageError
from bench.export.columns import columns
from bench.export.csv_text import csv_text
from bench.export.hgrm import INDEX_FILE, cell_curves, index_text, trial_curves
from bench.export.of_fleet import fleet_table
from bench.export.openmetrics import openmetrics_text
from bench.export.parquet import FLEET_KEY, parquet_bytes
from bench.fleet.read import FLEET_FILE, host_runs, is_fleet
from bench.store import RunFolder, check_writable, write_atomically
from bench.store.run_format import dump_header
from bench.words.plurals import counted


class Format(StrEnum):
    """What ``bench export`` writes."""

    CSV = "csv"
    PARQUET = "parquet"
    HGRM = "hgrm"
    OPENMETRICS = "openmetrics"


class Per(StrEnum):
    """What one file of ``--format hgrm`` is about."""

    CELL = "cell"
    TRIAL = "trial"


@click.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option(
    "--format",
    "format_",
    type=click.Choice([str(name) for name in Format]),
    required=True,
    help="A row per trial (csv, parquet), percentile curves (hgrm), or metrics (openmetrics).",
)
@output_option("File to write, or folder for hgrm. Without it, text goes to stdout.", folder=False)
@click.option(
    "--per",
    type=click.Choice([str(name) for name in Per]),
    help="One hgrm file per cell, of its ok trials, or per trial. [cell]",
)
def export(*, run: Path, format_: str, output: Path | None, per: str | None) -> int:
    """Write the records of RUN as csv, parquet, hgrm or openmetrics.

    docs/data-format.md describes the columns. RUN may be the folder of a fleet run: then the
    trials of all hosts are written, each with its host in the column fleet_host.

    \b
    bench export results/RUN --format csv > trials.csv
    bench export results/RUN --format parquet -o trials.parquet
    bench export results/RUN --format hgrm -o curves/
    bench export results/FLEET --format csv > hosts.csv
    """
    wanted = Format(format_)
    if per is not None and wanted is not Format.HGRM:
        raise UsageError(f"--per with --format {wanted}", remedy="Leave --per out")
    if output is None and wanted in (Format.PARQUET, Format.HGRM):
        what = "a folder" if wanted is Format.HGRM else "a file"
        problem = f"--format {wanted} cannot go to stdout"
        raise UsageError(problem, remedy=f"Add --output with {what}")
    folders = _folders(run)
    if wanted is Format.HGRM and output is not None:
        _write_curves(run, folders, output, Per(per or Per.CELL))
    else:
        _write(_content(run, folders, wanted), output)
    lacking = is_fleet(run) and None in host_runs(run).values()
    return code_of((folder.header for folder in folders.values()), lacking=lacking)


def _folders(run: Path) -> dict[str, RunFolder]:
    """The runs by host; that of a single run has no name.

    Raises:
        BenchError: None of them has a trial.
    """
    of_fleet = is_fleet(run)
    paths = host_runs(run) if of_fleet else {"": run}
    for host in (host for host, path in paths.items() if path is None):
        error_console().print(f"warning: {host} has no run", markup=False)
    folders = {host: RunFolder.open(path) for host, path in paths.items() if path}
    trials = [folder.read() for folder in folders.values()]
    for warning in (warning for each in trials for warning in each.warnings):
        error_console().print(f"warning: {warning}", markup=False)
    if not any(each.latest for each in trials):
        why = "Look why with: bench report" if of_fleet else "Measure it with: bench run --resume"
        raise BenchError(f"{run} has no trial to export", remedy=f"{why} {run}")
    return folders


def _content(run: Path, folders: Mapping[str, RunFolder], wanted: Format) -> bytes:
    tables = {host: columns(f.header, f.records()) for host, f in folders.items()}
    of_fleet = is_fleet(run)
    table = fleet_table(run.name, tables) if of_fleet else tables[""]
    if wanted is Format.PARQUET and of_fleet:
        return parquet_bytes(table, (run / FLEET_FILE).read_bytes(), key=FLEET_KEY)
    if wanted is Format.PARQUET:
        return parquet_bytes(table, dump_header(folders[""].header))
    return (csv_text(table) if wanted is Format.CSV else openmetrics_text(table)).encode()


def _write(content: bytes, output: Path | None) -> None:
    if output is None:
        click.echo(content, nl=False)
        return
    if output.is_dir():
        raise UsageError(f"--output {output} is a folder", remedy="Name a file in it")
    write_atomically(output, content)
    error_console().print(f"Written: {output}", soft_wrap=True, markup=False)


def _write_curves(run: Path, folders: Mapping[str, RunFolder], output: Path, per: Per) -> None:
    """A folder of files with an index; of a fleet run a folder for each host in it."""
    make = cell_curves if per is Per.CELL else trial_curves
    made = {output / host: list(make(f.records())) for host, f in folders.items()}
    found = [curve for curves in made.values() for curve in curves]
    if not found:
        remedy = "Look at its trials with: bench report " + str(run)
        raise BenchError(f"{run} has no histogram to export", remedy=remedy)
    check_writable(output, sum(len(curve.text) for curve in found))
    for folder, curves in made.items():
        folder.mkdir(exist_ok=True)
        for curve in curves:
            write_atomically(folder / curve.file, curve.text.encode())
        write_atomically(folder / INDEX_FILE, index_text(curves).encode())
    error_console().print(
        f"Written: {counted(len(found), 'file')} into {output}", soft_wrap=True, markup=False
    )
