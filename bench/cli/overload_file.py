"""Sweep files that allow overload: whoever runs one says which host it may saturate."""

from __future__ import annotations

from dataclasses import replace

from bench.campaign.prepare import planned_trials
from bench.cli.overload import confirmed
from bench.errors import UsageError
from bench.spec import Sweep


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
