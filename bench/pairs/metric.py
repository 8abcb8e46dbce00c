"""The metric that decides between two variants, chosen before anything is measured. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bench.errors import UsageError
from bench.programs.registry import find
from bench.quantities.callbacks import P50, P99
from bench.quantities.catalogue import find_compared
from bench.quantities.quantity import Quantity
from bench.quantities.total_cost import TOTALS
from bench.spec import Cell
from bench.units import NS_PER_S

SURPLUS = 1.1
"""Callbacks expected in a window, over those that a percentile needs: arrivals vary, some fail."""


def metric_of(cells: Sequence[Cell], duration_ns: int, asked: str | None) -> Quantity:
    """The one asked for, else p99 lateness if every window will carry it, else p50.

    Raises:
        UsageError: It is unknown, needs controls, or a cell measures no lateness.
    """
    if asked is not None:
        return _asked(asked)
    for cell in cells:
        if not cell.engine.facts.has_expiry or not cell.instrument.records_lateness:
            who = (
                f"engine {cell.engine}" if not cell.engine.facts.has_expiry else "instrument empty"
            )
            raise UsageError(f"{who} measures no lateness", remedy="Choose another --metric")
    expected = [_expected(cell, duration_ns) for cell in cells]
    return P99 if all(each >= SURPLUS * P99.least for each in expected) else P50


def _asked(title: str) -> Quantity:
    found = find_compared(title)
    if found in TOTALS:
        raise UsageError(
            f"--metric {title} is a difference from controls, which are not measured here",
            remedy="Choose CPU per callback, or use bench run --controls cost and bench compare",
        )
    return found


def _expected(cell: Cell, duration_ns: int) -> float:
    """Callbacks in a window; 0 where the cell does not say."""
    offered_hz = find(cell.program).offered_hz(cell, float(cell.load_hz or 0))
    return (offered_hz or 0.0) * duration_ns / NS_PER_S
