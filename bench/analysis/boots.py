"""Of how many boots runs are: those of one boot do not show how far boots differ. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bench.record import RunHeader
from bench.words.plurals import counted


def boots_text(headers: Sequence[RunHeader]) -> str:
    """What is known of the boots of runs; empty of a single run whose boot is not known."""
    runs = counted(len(headers), "run")
    known = {header.boot_id for header in headers if header.boot_id}
    unknown = sum(header.boot_id is None for header in headers)
    if len(headers) == 1:
        return "all trials are of one boot: how far boots differ they do not show" if known else ""
    if not known:
        return f"{runs}; of which boots is not recorded"
    if unknown:
        return f"{runs}; of {unknown} of them the boot is not recorded"
    if len(known) == 1:
        return f"{runs}, all of one boot: how far boots differ they do not show"
    return f"{runs} of {counted(len(known), 'boot')}"
