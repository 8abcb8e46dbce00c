"""Options that several commands have, with one name and one meaning."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from bench.exits import BISECT

RESULTS = Path("results")
Command = TypeVar("Command", bound=Callable[..., Any])
Decorator = Callable[[Command], Command]


def json_option(command: Command) -> Command:
    """``--json``."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON document on stdout."
    )(command)


def bisect_option(command: Command) -> Command:
    """``--bisect``: :func:`bench.cli.main.main` turns the codes."""
    return click.option(
        BISECT,
        is_flag=True,
        expose_value=False,
        help="End with the codes of git bisect run: 0, 1, and 125 for everything else.",
    )(command)


def results_option(meaning: str = "Folder for run folders.") -> Decorator[Any]:
    """``--results``: where the folders of runs are."""
    return click.option(
        "--results",
        type=click.Path(path_type=Path),
        metavar="DIR",
        default=RESULTS,
        show_default=True,
        help=meaning,
    )


def output_option(meaning: str, *, required: bool = False, folder: bool = True) -> Decorator[Any]:
    """``--output``: where the one result of a command goes."""
    return click.option(
        "--output",
        "-o",
        type=click.Path(path_type=Path),
        metavar="DIR" if folder else "PATH",
        required=required,
        help=meaning,
    )
