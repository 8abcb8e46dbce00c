"""Why a trial does not count: a code for programs, and a sentence for people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """What kind of reason it is; stable, and never used for another kind.

    ``unknown`` is a reason of format 1 whose sentence says nothing known.
    """

    LEDGER_OPEN = "ledger_open"
    TIMERS_REFUSED = "timers_refused"
    ENTRIES_LEFT = "entries_left"
    TIMERS_LOST = "timers_lost"
    OTHER_CLOCK = "other_clock"
    UNMATCHED = "unmatched"
    SAMPLES_FEW = "samples_few"
    EARLY = "early"
    LOAD_SHORT = "load_short"
    DEADLINE = "deadline"
    STEAL = "steal"
    DRIFT = "drift"
    FOREIGN = "foreign_traffic"
    INTERRUPTED = "interrupted"
    UNKNOWN = "unknown"


MEDDLED = frozenset({Code.DRIFT, Code.FOREIGN})
"""Somebody disturbed the host: what was measured is neither its nor the timers' doing."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a trial does not count; the sentence has the value seen and the bound."""

    code: Code
    text: str
