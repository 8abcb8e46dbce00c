"""What a look at every entry of a program under test finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Census:
    """What a look at every entry found.

    Attributes:
        entries: Entries in the map.
        inited: Entries whose timer is initialised.
        pending: Timers that the kernel has enqueued.
        stranded: Timers that are armed but not enqueued: their callback is about to run,
            or, if they stay so, they are lost.
        handed: Timers that have expired, and whose work (engine bpf_wq) has yet to be done.
    """

    entries: int
    inited: int
    pending: int
    stranded: int
    handed: int = 0


@dataclass(frozen=True, slots=True)
class Counting:
    """How the terms of a ledger were counted, where not by the program itself.

    Attributes:
        how: A sentence for each term.
        uncertain: Events during walks over the map, which may be on either side of them.
    """

    how: Mapping[str, str]
    uncertain: int
