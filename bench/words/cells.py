"""The name of a cell, one for the plan, progress, reports, comparisons and JSON.

Cells of one sweep differ in something that their names say, so no two share a name.
"""

from __future__ import annotations

from bench.control import WITHOUT_PROGRAM
from bench.spec import Cell, Control
from bench.spec.external import EVERY, map_of
from bench.words.axes import LOAD, OTHERS, is_said, point_text

_SET_BY = {
    Control.EMPTY: "instrument",
    Control.STAGES: "instrument",
    Control.UNOBSERVED: "observer",
}
"""The one axis in which a control differs from its cell, so that its value is no news."""


def cell_text(cell: Cell) -> str:
    """Program, map size, timeout, load, and whatever is not a default.

    ``resident 1k x 10ms, load 0, engine timerfd``. A control is named by what it is and by
    what of its cell counts for it: ``control load 5k as for tcp``.
    """
    return _plain_text(cell) if cell.control is None else f"control {control_text(cell)}"


def control_text(cell: Cell) -> str:
    """What a control is, and of what: ``empty of resident 1k x 10ms, load 0``."""
    assert cell.control is not None
    if cell.control is Control.LOAD:
        return _joined(f"load {LOAD.of(cell)} as for {cell.program}", cell)
    if cell.control in WITHOUT_PROGRAM:
        return _joined(cell.control, cell)
    return f"{cell.control} of {_plain_text(cell)}"


def _plain_text(cell: Cell) -> str:
    what = f"{cell.program} {point_text(cell)}".rstrip()
    return _joined(f"{what}, load {LOAD.of(cell)}", cell)


def _joined(first: str, cell: Cell) -> str:
    unsaid = {"control", _SET_BY.get(cell.control) if cell.control else None}
    said = [axis for axis in OTHERS if axis.field not in unsaid and is_said(axis, cell)]
    return ", ".join([first, *(f"{axis.title} {axis.of(cell)}" for axis in said)])


def map_text(cell: Cell, host: str = "") -> str:
    """The map that a recording calls the cell by, after its host where several are shown."""
    name = map_of(cell) or EVERY
    return f"{host}: {name}" if host else name
