"""Why a trial does not count: a code for programs, and a sentence for people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """What kind of reason it is; stable, and never used for another kind.

    ``unknown`` is a reason of format 1 whose sentence says nothing known.
    """

    LEDGER_OPEN = "ledger_open"
    GRID_OPEN = "grid_open"
    TIMERS_REFUSED = "timers_refused"
    ENTRIES_LEFT = "entries_left"
    TIMERS_LOST = "timers_lost"
    OTHER_CLOCK = "other_clock"
    UNMATCHED = "unmatched"
    SAMPLES_FEW = "samples_few"
    EARLY = "early"
    LOAD_SHORT = "load_short"
    LOAD_EXCESS = "load_excess"
    DEADLINE = "deadline"
    WATCHDOG = "watchdog"
    STEAL = "steal"
    DRIFT = "drift"
    FOREIGN = "foreign_traffic"
    INTERRUPTED = "interrupted"
    UNKNOWN = "unknown"


MEDDLED = frozenset({Code.DRIFT, Code.FOREIGN})
"""Somebody disturbed the host: what was measured is neither its nor the timers' doing."""

EFFECTS = frozenset({Code.LOAD_SHORT, Code.LOAD_EXCESS, Code.SAMPLES_FEW, Code.WATCHDOG})
"""The timers' own work did it: the trial says how bad it was, without a figure for it."""
HOST = MEDDLED | {Code.STEAL, Code.INTERRUPTED}
"""The host did it, or whoever uses it: the trial says nothing of the timers."""


class Spoiler(StrEnum):
    """What spoilt a trial that does not count.

    ``account``: what was counted does not agree, or a timer was refused. Neither is known then:
    how late callbacks came, and whose doing it was.
    """

    EFFECT = "effect"
    HOST = "host"
    ACCOUNT = "account"


def spoiler(codes: Iterable[str]) -> Spoiler:
    """What spoilt a trial with these codes; what is not known to be harmless is ``account``.

    A trial that the host disturbed says nothing, whatever else happened in it.
    """
    known = frozenset(codes)
    if known & HOST:
        return Spoiler.HOST
    return Spoiler.EFFECT if known and known <= EFFECTS else Spoiler.ACCOUNT


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a trial does not count; the sentence has the value seen and the bound."""

    code: Code
    text: str
