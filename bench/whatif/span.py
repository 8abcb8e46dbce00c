"""The span of a run's points: within it a model is asked, outside it refuses. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bench.units import exact_duration, format_count
from bench.whatif.points import EnginePoints
from bench.whatif.terms import Demand


def refusal(engine: EnginePoints, demand: Demand) -> str | None:
    """Why an engine is not estimated there; None if its points span it."""
    for name, value, known, text in _bounds(engine, demand):
        low, high = min(known), max(known)
        if not low <= value <= high:
            span = text(low) if low == high else f"{text(low)} to {text(high)}"
            return f"{text(value)} {name} is outside of what the run measured: {span}"
    return None


Bound = tuple[str, float, list[float], Callable[[float], str]]
"""What is bounded, the value asked for, those measured, and how one is written."""


def _bounds(engine: EnginePoints, demand: Demand) -> Iterator[Bound]:
    demands = [point.demand for point in engine.points]
    yield "connections/s", demand.rate_hz, [d.rate_hz for d in demands], format_count
    timeouts = [d.timeout_ns for d in demands]
    yield "of timeout", demand.timeout_ns, timeouts, lambda ns: exact_duration(round(ns))
    yield "live", demand.live, [d.live for d in demands], format_count
