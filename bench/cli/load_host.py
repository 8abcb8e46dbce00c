"""The load host that the options of ``bench run`` describe."""

from __future__ import annotations

from pathlib import Path

from bench.errors import UsageError
from bench.load.addresses import parse_address
from bench.load.controller import LoadHost


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
