"""Options of ``bench run``, for those who only judge them as well."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from bench.cli.common import json_option, results_option
from bench.cli.options import sweep_options
from bench.sweep.sweep_file import packaged_sweeps
from bench.words.axes import AXES

Command = Callable[..., Any]


def run_options(command: Command) -> Command:
    """Add them to a click command."""
    for add in reversed(_OPTIONS):
        command = add(command)
    return command


def _load_host_options(command: Command) -> Command:
    """Options for a load that another host generates."""
    for option in (
        click.option(
            "--load-address",
            multiple=True,
            metavar="ADDRESS",
            help="Numeric address of this host that the load host connects to; repeatable.",
        ),
        click.option(
            "--load-identity",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Private key for the load host; only the known_hosts beside it is trusted.",
        ),
        click.option(
            "--load-host", "load_to", metavar="USER@HOST", help="Have this host make connections."
        ),
    ):
        command = option(command)
    return command


_OPTIONS: tuple[Callable[[Command], Command], ...] = (
    click.option(
        "--sweep",
        "source",
        metavar="FILE|NAME",
        help=f"A sweep file, or a packaged sweep: {', '.join(packaged_sweeps())}.",
    ),
    click.option("--quick", is_flag=True, help="Short for --sweep quick."),
    sweep_options(),
    results_option(),
    click.option(
        "--resume", type=click.Path(path_type=Path), metavar="RUN", help="Continue a run."
    ),
    click.option(
        "--warmup-of",
        type=click.Path(path_type=Path),
        metavar="RUN|FOLDER",
        help="Run, or folder with runs of this sweep, whose warm-up is used. [--results]",
    ),
    click.option(
        "--list",
        "list_programs",
        is_flag=True,
        help="List programs with their axes, and nothing else.",
    ),
    _load_host_options,
    click.option("--dry-run", is_flag=True, help="Print the plan and its expected time only."),
    json_option,
)

_LOAD = ("load", *(axis.key for axis in AXES if axis.of_load))
_RECORDED = ("instrument", "observer", "controls")
GROUPS: dict[str, tuple[str, ...]] = {
    "What to measure": (
        *("source", "quick", "program"),
        *(axis.key for axis in AXES if axis.key and axis.key not in (*_LOAD, *_RECORDED)),
        *("options", "allow_overload", "polite"),
    ),
    "Load": _LOAD,
    "How long": (
        *("duration", "warmup", "pilot", "warmup_of", "repeat", "seed"),
        *("precision", "precision_metric", "budget", "max_steal"),
    ),
    "What to record": (*_RECORDED, "results", "resume"),
    "Fleet": ("load_to", "load_identity", "load_address"),
}
"""Options by what they are about, for ``bench run --help``."""
