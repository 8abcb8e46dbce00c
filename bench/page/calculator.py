"""What-if in the page: the models of a run as data for its script, and what the reader may ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from bench.analysis.cell_rows import CellRow
from bench.stats.least_squares import t_of
from bench.whatif.check import Check, checks
from bench.whatif.memory import per_entry_and_timer
from bench.whatif.model import Model, fitted
from bench.whatif.points import EnginePoints, engine_points
from bench.whatif.push_backs import OPERATION, mean_ns_of
from bench.whatif.terms import Demand

NS_PER_S = 1_000_000_000


def calculator(rows: Sequence[CellRow]) -> dict[str, Any] | None:
    """Everything that the script multiplies; None where no model holds."""
    engines = engine_points(rows)
    held = [check for check in checks(engines) if check.holds]
    if not held:
        return None
    pushed = mean_ns_of(rows)
    first = _first(engines)
    return {
        "columns": [
            {
                "key": c.modelled.quantity.key,
                "title": c.modelled.quantity.title,
                "unit": c.modelled.quantity.unit,
            }
            for c in held
        ],
        "engines": [_engine(engine, held) for engine in engines],
        "push_back_ns": pushed and {"value": pushed.median, "low": pushed.low, "high": pushed.high},
        "operation": OPERATION,
        "load_hz": first.rate_hz,
        "timeout_s": first.timeout_ns / NS_PER_S,
    }


def _first(engines: Sequence[EnginePoints]) -> Demand:
    """What the reader sees first: what most engines were measured at, with most alive."""
    known = Counter(point.demand for engine in engines for point in engine.points)
    return max(known, key=lambda demand: (known[demand], demand.live))


def _engine(engine: EnginePoints, held: Sequence[Check]) -> dict[str, Any]:
    demands = [point.demand for point in engine.points]
    table, timer = per_entry_and_timer(engine)
    found = {
        check.modelled.quantity.key: _model(model)
        for check in held
        if (model := fitted(check.modelled, engine.engine, engine.points))
    }
    return {
        "name": engine.name,
        "span": {
            "rate": _ends([demand.rate_hz for demand in demands]),
            "timeout": _ends([demand.timeout_ns / NS_PER_S for demand in demands]),
            "live": _ends([demand.live for demand in demands]),
        },
        "models": found,
        "evicts": engine.evicts,
        "table_bytes": table,
        "timer_bytes": timer,
    }


def _ends(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)


def _model(model: Model) -> dict[str, Any]:
    return {
        "shape": model.modelled.shape,
        "terms": model.terms,
        "coefficients": model.fit.coefficients.tolist(),
        "unscaled": model.fit.unscaled.tolist(),
        "relative": model.fit.relative,
        "reach": t_of(model.fit.freedom) * model.fit.scatter,
    }
