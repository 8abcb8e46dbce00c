"""Quantities of what timers cost in all, against the same host and load without them."""

from __future__ import annotations

from bench.quantities.quantity import Better, Quantity, Unit, Value
from bench.record import TrialRecord

PAIRS = "CPU use without an observer, less that of the same without timers, in the same block"
HOOKS = "the observer's hooks, less those of the same without timers, in the same block"


def _total(field: str) -> Value:
    def value(record: TrialRecord) -> float | None:
        total = record.cost.total if record.cost else None
        found: float | None = getattr(total, field) if total else None
        return found

    return value


def _part(title: str, meaning: str, field: str, source: str = PAIRS) -> Quantity:
    return Quantity(
        title=title,
        meaning=f"part of the total cost: {meaning}",
        unit=Unit.NS,
        value=_total(field),
        better=Better.LOWER,
        source=source,
    )


TOTAL_COST = Quantity(
    title="total cost",
    meaning="all CPU time that the timers cost, whatever thread or softirq spent it, per callback",
    unit=Unit.NS,
    value=_total("ns"),
    better=Better.LOWER,
    source=PAIRS,
)
TOTAL_CPU = Quantity(
    title="total CPU",
    meaning="all CPU time that the timers cost, as a share of the time of one CPU",
    unit=Unit.SHARE,
    value=_total("share"),
    better=Better.LOWER,
    source=PAIRS,
)
LESS_STEAL = Quantity(
    title="total cost less steal",
    meaning="total cost without what stolen time differs by",
    unit=Unit.NS,
    value=_total("less_steal_ns"),
    better=Better.LOWER,
    source=PAIRS,
)
PARTS = (
    _part("cost of firing", "HRTIMER softirqs", "firing_ns", HOOKS),
    _part("cost of freeing", "RCU softirqs, kworkers and threads of RCU", "freeing_ns", HOOKS),
    _part("cost of packets", "NET_RX and NET_TX softirqs", "packets_ns", HOOKS),
    _part("cost of the engine", "its own loop in user space", "engine_ns"),
    _part("cost of interrupts", "hard interrupts", "interrupts_ns", HOOKS),
    _part("rest of the cost", "what the measured parts leave; may be negative", "rest_ns"),
)
"""They sum to the total cost; a part that was not measured is in the rest."""
TOTALS = (TOTAL_COST, TOTAL_CPU, LESS_STEAL, *PARTS)
