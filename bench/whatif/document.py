"""What-if as one JSON document. Pure."""

from __future__ import annotations

from typing import Any

from bench.stats.least_squares import LEVEL
from bench.whatif.answer import EngineAnswer, Figure, WhatIf
from bench.whatif.check import Check


def document(found: WhatIf) -> dict[str, Any]:
    """Everything that the cards say, in base units."""
    return {
        "load_hz": found.demand.rate_hz,
        "timeout_ns": round(found.demand.timeout_ns),
        "live": round(found.demand.live),
        "callbacks_hz": found.callbacks_hz,
        "level": LEVEL,
        "engines": [_engine(engine) for engine in found.engines],
        "checks": [_check(check) for check in found.checks],
    }


def _engine(engine: EngineAnswer) -> dict[str, Any]:
    return {
        "name": engine.name,
        "refused": engine.refused,
        "memory_bytes": engine.memory and round(engine.memory),
        "figures": [_figure(figure) for figure in engine.figures],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    found = figure.predicted
    return {
        "quantity": figure.quantity.key,
        "unit": str(figure.quantity.unit),
        "value": found and found.value,
        "low": found and found.low,
        "high": found and found.high,
        "why": figure.why or None,
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "quantity": check.modelled.quantity.key,
        "holds": check.holds,
        "median_error": check.error,
        "inside": check.inside,
        "predictions": [
            {
                "engine": left.engine,
                "without": left.without,
                "load_hz": left.point.demand.rate_hz,
                "timeout_ns": left.point.demand.timeout_ns,
                "predicted": left.predicted,
                "low": left.low,
                "high": left.high,
                "measured": left.measured,
            }
            for left in check.left
        ],
    }
