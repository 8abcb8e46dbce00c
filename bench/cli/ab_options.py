"""Options of ``bench ab``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from bench.cli.common import json_option, results_option
from bench.cli.options import sweep_options
from bench.cli.types import SHARE
from bench.pairs.finding import PAIRS

Command = Callable[..., Any]

TEXTS = {
    "duration": "Window of each trial. [1s]",
    "warmup": "Time before the window, on top of one timeout. [250ms]",
    "seed": "Seed of order and arrivals. [drawn, recorded]",
}
DEFAULTS = {"duration": "1s", "warmup": "250ms"}
"""What differs from those of a sweep; ``TEXTS`` says so."""
WITHOUT = ("repeat", "pilot", "precision", "precision_metric", "budget", "controls")
"""Options of a sweep without a use here."""


def ab_options(command: Command) -> Command:
    """Add them to a click command."""
    for add in reversed(_OPTIONS):
        command = add(command)
    return command


_OPTIONS: tuple[Callable[[Command], Command], ...] = (
    click.option(
        "--a",
        "a",
        multiple=True,
        metavar="AXIS=VALUE",
        help="What variant a is: an axis, a program's own axis, or engine; can be repeated.",
    ),
    click.option(
        "--b",
        "b",
        multiple=True,
        metavar="AXIS=VALUE",
        help="What variant b is; whether it is worse than a is the question.",
    ),
    click.option(
        "--sysctl",
        metavar="NAME=A,B",
        help="A setting of this host with its value in a and in b; put back at the end.",
    ),
    click.option(
        "--metric",
        metavar="NAME",
        help="Metric that decides. [p99 lateness if the windows carry it, else p50]",
    ),
    click.option(
        "--threshold",
        type=SHARE,
        default="10%",
        show_default=True,
        help="Relative change that matters in practice.",
    ),
    click.option(
        "--points",
        type=SHARE,
        default="1%",
        show_default=True,
        help="The same for metrics that are shares, in percentage points.",
    ),
    click.option(
        "--pairs",
        type=click.IntRange(8, 1000),
        default=PAIRS,
        show_default=True,
        help="Pairs after which it ends undecided.",
    ),
    sweep_options(texts=TEXTS, without=WITHOUT, value="VALUE"),
    results_option(),
    click.option(
        "--resume", type=click.Path(path_type=Path), metavar="RUN", help="Continue a run."
    ),
    json_option,
)
