"""What was made of runs that did not finish is no whole answer."""

from __future__ import annotations

from collections.abc import Iterable

from bench.cli.console import say
from bench.exits import Exit, exit_of
from bench.record import RunHeader


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
