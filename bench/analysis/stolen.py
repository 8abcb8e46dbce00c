"""Late callbacks beside stolen time: what records say of the hypervisor as their cause. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bench.quantities.callbacks import MAXIMUM
from bench.record import TrialRecord
from bench.units import NS_PER_MS, format_duration
from bench.words.plurals import counted

LATE_NS = NS_PER_MS
"""Lateness from which it is asked whether the hypervisor is the cause."""


def late_and_stolen(records: Sequence[TrialRecord]) -> str:
    """In how many trials with a late callback time was stolen at all; empty without such a trial.

    Time that was stolen need not have hit that callback: what was never stolen cannot have.
    """
    late = [
        record.noise.steal
        for record in records
        if record.noise and (MAXIMUM.value(record) or 0) > LATE_NS
    ]
    if not late:
        return ""
    stolen = sum(steal > 0 for steal in late)
    trials = f"{counted(len(late), 'trial')} had a callback later than {format_duration(LATE_NS)}"
    return f"{trials}; in {stolen} of them CPU time was stolen at some time of the window"
