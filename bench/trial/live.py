"""Timers alive in the window of a cell with a population, or with timers that are held. Pure."""

from __future__ import annotations

from bench.control import has_timers
from bench.programs.seeding import seeded_of
from bench.record import Live
from bench.spec import Cell, MapType
from bench.trial.measurement import Window


def live_of(window: Window, cell: Cell) -> Live | None:
    """Those at the window's ends, by the program's own counts; None where none were seeded."""
    if not seeded_of(cell) or not has_timers(cell):
        return None
    if cell.map_type is MapType.LRU_HASH:
        return Live(opening=None, closing=None, load_factor=None)
    # Counts of the CPUs are read one after another, so that a difference may be a little below 0.
    opening = max(window.opening.counters.outstanding, 0)
    closing = max(window.closing.counters.outstanding, 0)
    return Live(opening=opening, closing=closing, load_factor=opening / cell.stated_map_size)
