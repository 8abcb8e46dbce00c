"""``bench export``: a run in a format that other tools read."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import click

from bench.cli.console import error_console
from bench.errors import BenchError, UsageError
from bench.export.columns import columns
from bench.export.csv_text import csv_text
from bench.export.hgrm import INDEX_FILE, Curve, cell_curves, index_text, trial_curves
from bench.export.openmetrics import openmetrics_text
from bench.export.parquet import parquet_bytes
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
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="File to write, for hgrm a folder. Text of one file goes to stdout without it.",
)
@click.option(
    "--per",
    type=click.Choice([str(name) for name in Per]),
    help="One hgrm file per cell, of its ok trials, or per trial. [cell]",
)
def export(*, run: Path, format_: str, output: Path | None, per: str | None) -> int:
    """Write the records of RUN as csv, parquet, hgrm or openmetrics.

    docs/data-format.md describes the columns.

    \b
    bench export results/RUN --format csv > trials.csv
    bench export results/RUN --format parquet -o trials.parquet
    bench export results/RUN --format hgrm -o curves/
    """
    wanted = Format(format_)
    if per is not None and wanted is not Format.HGRM:
        raise UsageError(f"--per with --format {wanted}", remedy="Leave --per out")
    if output is None and wanted in (Format.PARQUET, Format.HGRM):
        what = "a folder" if wanted is Format.HGRM else "a file"
        problem = f"--format {wanted} cannot go to stdout"
        raise UsageError(problem, remedy=f"Add --output with {what}")
    folder = RunFolder.open(run)
    trials = folder.read()
    for warning in trials.warnings:
        error_console().print(f"warning: {warning}", markup=False)
    if not trials.latest:
        remedy = f"Measure it with: bench run --resume {run}"
        raise BenchError(f"{run} has no trial to export", remedy=remedy)
    if wanted is Format.HGRM and output is not None:
        return _write_curves(folder, output, Per(per or Per.CELL))
    return _write(_content(folder, wanted), output)


def _content(folder: RunFolder, wanted: Format) -> bytes:
    table = columns(folder.header, folder.records())
    if wanted is Format.PARQUET:
        return parquet_bytes(table, dump_header(folder.header))
    return (csv_text(table) if wanted is Format.CSV else openmetrics_text(table)).encode()


def _write(content: bytes, output: Path | None) -> int:
    if output is None:
        click.echo(content, nl=False)
        return 0
    if output.is_dir():
        raise UsageError(f"--output {output} is a folder", remedy="Name a file in it")
    write_atomically(output, content)
    error_console().print(f"Written: {output}", soft_wrap=True, markup=False)
    return 0


def _write_curves(folder: RunFolder, output: Path, per: Per) -> int:
    make = cell_curves if per is Per.CELL else trial_curves
    curves: Sequence[Curve] = list(make(folder.records()))
    if not curves:
        remedy = "Look at its trials with: bench report " + str(folder.path)
        raise BenchError(f"{folder.path} has no histogram to export", remedy=remedy)
    check_writable(output, sum(len(curve.text) for curve in curves))
    for curve in curves:
        write_atomically(output / curve.file, curve.text.encode())
    write_atomically(output / INDEX_FILE, index_text(curves).encode())
    error_console().print(
        f"Written: {counted(len(curves), 'file')} into {output}", soft_wrap=True, markup=False
    )
    return 0
