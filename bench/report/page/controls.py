"""Which cells are controls: the same work without what is being measured. Pure."""

from __future__ import annotations

from bench.spec import Cell, Instrument


def control_name(cell: Cell) -> str | None:
    """What kind of control a cell is, None if it is not one."""
    return "empty callback" if cell.instrument is Instrument.EMPTY else None
