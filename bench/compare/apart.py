"""Whether two runs are so far apart in time that more than their subject differs. Pure."""

from __future__ import annotations

from datetime import datetime

from bench.record import RunHeader

HOURS = 1.0
"""Between two runs, from which a host is no longer what it was."""
REMEDY = "compare at least 4 boots of each, with --base and --new"


def apart(base: RunHeader, new: RunHeader) -> str:
    """Why a change may not be that of what is compared; empty if there is no such reason.

    Medians of a cell differ by about a quarter between boots of one kernel, and trials of one boot,
    however many, do not show by how much.
    """
    if base.boot_id and new.boot_id and base.boot_id != new.boot_id:
        return f"not attributable to the kernel: one boot of each; {REMEDY}"
    hours = _hours_between(base, new)
    if hours > HOURS:
        return f"not attributable: the runs were made {hours:.0f} h apart; {REMEDY}, or alternate"
    return ""


def _hours_between(base: RunHeader, new: RunHeader) -> float:
    """From the end of one to the begin of the other; 0 where they overlap or it is not known."""
    gaps = [_hours(base.finished, new.started), _hours(new.finished, base.started)]
    return max((gap for gap in gaps if gap is not None), default=0.0)


def _hours(end: str | None, begin: str) -> float | None:
    try:
        return (
            datetime.fromisoformat(begin) - datetime.fromisoformat(end or "")
        ).total_seconds() / 3600
    except (ValueError, TypeError):
        return None
