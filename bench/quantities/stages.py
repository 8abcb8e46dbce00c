"""The stages of lateness as quantities: what each means, and which definition it has."""

from __future__ import annotations

from bench.quantities.quantity import Better, Quantity, Unit, Value
from bench.record import TrialRecord

MEANINGS = {
    "irq": "until the softirq was raised, but for callbacks that ran when the timer expired",
    "entry": "from the raise until the softirq began",
    "queue": "while callbacks of other timers ran, in the run before and in its own",
}
"""Stage -> what happened in it; ``bpf/stages.h`` measures them."""
_MOVED = frozenset({"irq", "queue"})
"""Since definition 2, time before the previous run of the HRTIMER softirq ended is ``queue``."""


def _mean(stage: str) -> Value:
    def value(record: TrialRecord) -> float | None:
        found = (record.stages or {}).get(stage)
        return found.mean_ns if found else None

    return value


STAGES = tuple(
    Quantity(
        title=f"{stage} stage",
        meaning=f"mean part of lateness {meaning}",
        unit=Unit.NS,
        value=_mean(stage),
        better=Better.LOWER,
        definition=2 if stage in _MOVED else 1,
    )
    for stage, meaning in MEANINGS.items()
)
