"""A cell in the few words that a line of progress or a row of a table has room for."""

from __future__ import annotations

from bench.control import WITHOUT_PROGRAM
from bench.spec import Cell, Control
from bench.units import exact_count, exact_duration


def cell_label(cell: Cell) -> str:
    """``resident 100k x 10ms, load 5k/s``; of a control what it is and what of it counts."""
    return _words(cell) if cell.control is None else f"control {control_label(cell)}"


def control_label(cell: Cell) -> str:
    """What a control is, and of what: ``empty of resident 1k x 10ms, no load``."""
    return f"{cell.control}{_of_control(cell)}"


def _words(cell: Cell) -> str:
    return f"{_timers(cell)}, {_load(cell)}"


def _of_control(cell: Cell) -> str:
    if cell.control is Control.LOAD:
        return f": {_load(cell)} as for {cell.program}"
    return "" if cell.control in WITHOUT_PROGRAM else f" of {_words(cell)}"


def _timers(cell: Cell) -> str:
    return f"{cell.program} {exact_count(cell.map_size)} x {exact_duration(cell.timeout_ns)}"


def _load(cell: Cell) -> str:
    if not cell.has_load:
        return "no load"
    return "load max" if cell.load_hz is None else f"load {exact_count(cell.load_hz)}/s"
