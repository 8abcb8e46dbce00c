"""``--allow-overload``: whoever saturates a host says which one."""

from __future__ import annotations

import os
import sys

import click

from bench.errors import UsageError, quoted

ASKED = "--allow-overload may leave {host} without an answer for a while. Its name, to go on"


def confirmed(value: str, what: str = "--allow-overload") -> bool:
    """Whether a host may be overloaded: its name was given, or is typed in a terminal.

    Args:
        value: What was given with the option; empty if nothing was.
        what: What asks for it, to begin the error with.

    Raises:
        UsageError: It is another name, or there is nobody to ask.
    """
    host = os.uname().nodename
    if not value and sys.stdin.isatty() and sys.stderr.isatty():
        value = str(click.prompt(ASKED.format(host=host), err=True))
    if value != host:
        seen = f"{quoted(value)} is not this host" if value else "there is nobody to ask"
        raise UsageError(
            f"{what} needs the name of the host that may be overloaded, and {seen}",
            remedy=f"Give --allow-overload={host}",
        )
    return True
