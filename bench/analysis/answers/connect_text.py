"""How much longer connections take with timers than without, in words. Pure."""

from __future__ import annotations

from math import inf, isinf

import numpy as np

from bench.analysis.cell_rows import CellRow
from bench.analysis.estimate import MOST, Estimate, within_blocks
from bench.analysis.figure_text import WITHIN_NOISE, brief, ends_text, median_text
from bench.quantities.load import CONNECT_P50, CONNECT_P99
from bench.quantities.quantity import Quantity, Unit
from bench.stats.bootstrap import interval

_CHANGE = Quantity(
    title="change of the median connect",
    meaning="relative to the same connections without timers, within blocks",
    unit=Unit.SHARE,
    value=lambda record: None,
)


SPOILT = "the load was spoilt in most trials"
"""Why no change is known."""


def median_change_text(row: CellRow, alone: CellRow) -> str:
    """How the median connect changes: ``+40% (20-51%)``; empty where it is not known."""
    change = connect_change(row, alone, CONNECT_P50)
    if change is None or isinf(change.median):
        return ""
    return f"{_signed(change.median)}{brief(_CHANGE, change, flagged=row.flagged)}"


def is_spoilt(row: CellRow, alone: CellRow) -> bool:
    """Whether the load was spoilt in most trials, so that no change is known."""
    change = connect_change(row, alone, CONNECT_P50)
    return change is not None and isinf(change.median)


def slowest_text(row: CellRow, alone: CellRow) -> str:
    """The slowest 1 % as two figures, and what is known of their difference; empty without one."""
    with_timers, without = row.get(CONNECT_P99), alone.get(CONNECT_P99)
    if not with_timers or not without:
        return ""
    before = median_text(CONNECT_P99, without, flagged=alone.flagged)
    after = median_text(CONNECT_P99, with_timers, flagged=row.flagged)
    certainty = _certainty(connect_change(row, alone, CONNECT_P99))
    return f"{before} \N{RIGHTWARDS ARROW} {after}{certainty}"


def _certainty(change: Estimate | None) -> str:
    if change is None or change.trials < 2:
        return ""
    if change.spans_zero:
        return f" ({WITHIN_NOISE})"
    low = f"{_signed(change.low)}{_CHANGE.text(change.low)}"
    if isinf(change.high):
        return f" (at least {low})"
    return f" ({_signed(change.low)}{ends_text(_CHANGE, change)})"


def _signed(value: float) -> str:
    """The sign that tells a change from a share."""
    return "+" if value > 0 else ""


def connect_change(row: CellRow, alone: CellRow, quantity: Quantity) -> Estimate | None:
    """How much longer connections take than without timers, as a share."""
    ratios = within_blocks(row.counted, alone.counted, quantity)
    if not ratios:
        return None
    found = interval(ratios)
    low, high = (found.low, found.high) if found else (min(ratios), max(ratios))
    level = found.level if found else 0.95
    middle, low, high = (inf if r > MOST else r for r in (float(np.median(ratios)), low, high))
    return Estimate(middle - 1, low - 1, high - 1, len(ratios), found is not None, level)
