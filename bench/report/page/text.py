"""Estimates in words."""

from __future__ import annotations

import re

from bench.report.columns import Column
from bench.report.figure_text import FLAG, joined
from bench.report.page.tidy import Estimate

LONGEST_SLUG = 100


def median_text(column: Column, estimate: Estimate | None, *, flagged: bool = False) -> str:
    """The median, ``-`` if there is none."""
    if estimate is None:
        return "-"
    return f"{FLAG if flagged else ''}{column.text(estimate.median)}"


def interval_text(column: Column, estimate: Estimate | None) -> str:
    """The ends of interval or range, the unit written once; empty for fewer than two trials."""
    if estimate is None or estimate.trials < 2:
        return ""
    return joined(column.text(estimate.low), column.text(estimate.high))


def spread_text(column: Column, estimate: Estimate) -> str:
    """The same with what it is: ``39-47µs, 95 % interval``, ``..., range of 3 trials``."""
    ends = interval_text(column, estimate)
    if not ends:
        return "one trial"
    kind = "95 % interval" if estimate.is_interval else f"range of {estimate.trials} trials"
    return f"{ends}, {kind}"


def with_spread(column: Column, estimate: Estimate) -> str:
    """``42µs (39-47µs, 95 % interval)``."""
    return f"{column.text(estimate.median)} ({spread_text(column, estimate)})"


def slug(text: str) -> str:
    """Letters, digits and hyphens, for anchors and file names."""
    words = re.sub(r"[^a-z0-9]+", "-", text.lower().replace("µ", "u")).strip("-.")
    return words[:LONGEST_SLUG].rstrip("-.") or "x"


def count_text(number: int, one: str, several: str = "") -> str:
    """``1 trial``, ``3 trials``."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"
