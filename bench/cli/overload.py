"""``--allow-overload``, in a sweep file as well: whoever saturates a host says which one."""

from __future__ import annotations

import os
import sys
from dataclasses import replace

import click

from bench.campaign.prepare import planned_trials
from bench.errors import UsageError, quoted
from bench.spec import Sweep

ASKED = "--allow-overload may leave {host} without an answer for a while. Its name, to go on"


def confirm_file(sweep: Sweep) -> None:
    """Ask about a sweep file that allows overload, if it would overload this host.

    Raises:
        UsageError: Nobody says so, or the sweep cannot be measured at all.
    """
    planned_trials(sweep)
    if not sweep.allow_overload:
        return
    try:
        planned_trials(replace(sweep, allow_overload=False))
    except UsageError as error:
        confirmed("", f"sweep {sweep.name} allows overload ({error.problem}), which")


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
