"""What was made of runs that did not finish is no whole answer."""

from __future__ import annotations

from collections.abc import Iterable

from bench.cli.console import say
from bench.exits import Exit, exit_of
from bench.fleet.model import Fleet, State
from bench.record import RunHeader

LACKING = (State.NOT_MEASURED, State.NOTHING, State.PARTIAL)
"""States of a host of which planned trials have no record."""


def code_of(headers: Iterable[RunHeader], *, lacking: bool = False) -> Exit:
    """The exit code after something was made of runs; those that did not finish are named.

    Args:
        headers: Of all runs that there are.
        lacking: A run is missing altogether.
    """
    unfinished = [header.run_id for header in headers if header.finished is None]
    for name in unfinished:
        say(f"{name} did not finish: this is what it has so far")
    return exit_of(unanswered=lacking or bool(unfinished))


def code_of_fleet(fleet: Fleet) -> Exit:
    """The exit code after something was made of a fleet run; hosts that lack records are named.

    As with a single run, trials that failed or do not count are part of the answer.
    """
    lacking = [host for host in fleet.hosts if host.state in LACKING]
    for host in lacking:
        said = f": {host.trouble}" if host.trouble else ""
        say(f"{host.name} has not all of its records ({host.state}){said}")
    return exit_of(unanswered=bool(lacking))
