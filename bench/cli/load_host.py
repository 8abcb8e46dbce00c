"""Options of ``bench run`` for a load that another host generates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from bench.errors import UsageError
from bench.load.addresses import parse_address
from bench.load.controller import LoadHost


def load_host_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a click command."""
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


def load_host_of(
    destination: str | None, identity: Path | None, addresses: tuple[str, ...]
) -> LoadHost | None:
    """The load host that the options describe; None = this host makes its own connections.

    Raises:
        UsageError: An option is missing or wrong.
    """
    if destination is None:
        if identity or addresses:
            given = "--load-identity" if identity else "--load-address"
            raise UsageError(f"{given} without a load host", remedy="Add --load-host USER@HOST")
        return None
    if identity is None:
        remedy = "Give a private key that the load host accepts"
        raise UsageError("--load-host without --load-identity", remedy=remedy)
    checked = tuple(parse_address(text) for text in addresses)
    return LoadHost(destination=destination, identity=identity, addresses=checked)
