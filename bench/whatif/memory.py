"""Memory of a table and of what hangs on its entries, for so many live connections. Pure."""

from __future__ import annotations

from statistics import median

from bench.record import TrialRecord
from bench.sweep.population import entries_for
from bench.whatif.points import EnginePoints
from bench.whatif.terms import Demand

TABLE, TIMER = "entry_bytes", "timer_bytes"
"""Measures: of the table by entry that it has room for, and of a timer beside it."""


def memory_bytes(engine: EnginePoints, demand: Demand) -> float | None:
    """Bytes of the kernel; None where the run did not measure them."""
    per_entry, per_timer = per_entry_and_timer(engine)
    if per_entry is None:
        return None
    live = max(round(demand.live), 1)
    return per_entry * entries_for(live, engine.map_type) + (per_timer or 0.0) * live


def per_entry_and_timer(engine: EnginePoints) -> tuple[float | None, float | None]:
    """Bytes of the table by entry that it has room for, and of a timer beside it."""
    return _measure(engine, TABLE), _measure(engine, TIMER)


def _measure(engine: EnginePoints, name: str) -> float | None:
    records: list[TrialRecord] = [r for point in engine.points for r in point.row.shown]
    known = [value for r in records if (value := r.measures.get(name)) is not None]
    return median(known) if known else None
