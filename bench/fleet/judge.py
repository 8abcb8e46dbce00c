"""The last word on a fleet run: which host is not well, and the command that goes on. Pure."""

from __future__ import annotations

from collections.abc import Collection

from bench.fleet.model import Fleet, HostRun, State
from bench.fleet.words import NO_RECORD, Trouble, troubles

TOO_FEW_COUNT = (
    "a cell has no trial that counts, or fewer than half of all trials count: the report says why"
)


def complaints(fleet: Fleet, played: Collection[str]) -> tuple[str, ...]:
    """A line for each host of a play that is not well.

    Args:
        fleet: The fleet run, with what was noted of its hosts.
        played: Hosts that the play was for; the others are not judged.
    """
    judged = [host for host in fleet.hosts if host.name in played]
    found = [trouble for trouble in troubles(fleet) if trouble.host in played]
    found += [
        Trouble(host.name, f"{NO_RECORD}.", host.remedy or fleet.command)
        for host in judged
        if not host.trouble and not host.has_record
    ]
    lines = [f"{each.host}: {each.text} {each.goes_on}." for each in found]
    return (*lines, *(f"{h.name}: {TOO_FEW_COUNT}." for h in judged if _spoilt(h)))


def _spoilt(host: HostRun) -> bool:
    """Whether a host has all its records, and ``bench run`` would call them no answer."""
    cells = [figures for cell, figures in host.cells.items() if cell.control is None]
    counting = sum(figures.ok for figures in cells)
    few = not all(f.ok for f in cells) or 2 * counting < sum(f.trials for f in cells)
    return host.state is State.COMPLETE and (few or not cells)
