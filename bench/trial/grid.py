"""Timers that keep a grid: every period of the window fired or was missed. Pure."""

from __future__ import annotations

from bench.reason import Code, Reason
from bench.record import Callbacks, Ledger


def grid_rules(
    callbacks: Callbacks, ledger: Ledger, *, timeout_ns: int, window_ns: int, latest_ns: int
) -> list[Reason]:
    """Whether the counts are those of grids: fired + missed = N * window / timeout, nearly.

    A grid has between one moment less and one more in a window than their ratio. At each end of
    the window callbacks may lag by their lateness, so as many periods more can be on either side.

    Args:
        callbacks: Of the window.
        ledger: Of the trial, whose timers all live as long as the window.
        timeout_ns: Period of the grids.
        window_ns: Length of the window.
        latest_ns: Greatest lateness from the opening of the window to the end of the trial.
    """
    timers = ledger.started
    if callbacks.missed_periods is None or ledger.freed or not timers:
        return []
    counted = callbacks.fired + callbacks.missed_periods
    expected = timers * window_ns / timeout_ns
    most = timers * (1 + latest_ns / timeout_ns)
    if abs(counted - expected) <= most:
        return []
    periods = f"fired + missed periods = {counted:,}, expected {expected:,.0f} within {most:,.0f}"
    return [Reason(Code.GRID_OPEN, f"grid open: {periods}")]
