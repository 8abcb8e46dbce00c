"""``bench fleet``: what the roles of the playbooks ask on the controller. Not for people."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from bench.cli.console import print_json
from bench.fleet.asked import asked_sweep


@click.group(hidden=True)
def fleet() -> None:
    """Keep the controller's record of a fleet run; each answer is one JSON document."""


@fleet.command()
@click.argument("source")
@click.option("--from", "folder", type=click.Path(path_type=Path), default=Path())
def sweep(*, source: str, folder: Path) -> None:
    """Judge a sweep, and say where it is."""
    print_json(asdict(asked_sweep(source, folder.resolve())))
