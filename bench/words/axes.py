"""The axes of a cell as names and tables show them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bench.spec import AXES as OF_SWEEPS
from bench.spec import Axis, Cell, Options, OptionValue, hold_text
from bench.units import exact_count


def option_text(name: str, value: OptionValue) -> str:
    """A program's own axis with its value in the unit of its name: ``gc_period 10ms``."""
    return f"{name.removesuffix('_ns')} {option_value(name, value)}"


def option_value(name: str, value: OptionValue) -> str:
    """The value alone: ``10ms``."""
    if isinstance(value, str):
        return value
    return hold_text(value) if name.endswith("_ns") else exact_count(value)


def options_text(options: Options) -> str:
    """All of a program's own axes with their values, ``-`` if there are none."""
    return ", ".join(option_text(name, value) for name, value in options) or "-"


_BY_FIELD = {axis.field: axis for axis in OF_SWEEPS}
MAP_SIZE, TIMEOUT, LOAD = (_BY_FIELD[name] for name in ("map_size", "timeout_ns", "load_hz"))
OPTIONS = Axis("options", default=(), text=options_text, field="options")
OTHERS = (
    *(axis for axis in OF_SWEEPS if axis not in (MAP_SIZE, TIMEOUT, LOAD)),
    OPTIONS,
    Axis("control", field="control"),
    Axis("sysctl", field="setting"),
)
AXES = (MAP_SIZE, TIMEOUT, LOAD, *OTHERS)
"""All of them, those first that every name of a cell says."""


def is_said(axis: Axis, cell: Cell) -> bool:
    """Whether a cell's name says its value on an axis: it applies, and is not the default."""
    return getattr(cell, axis.field) != axis.default and axis.of(cell) != "-"


def varies(axis: Axis, cells: Sequence[Cell]) -> bool:
    """Whether the cells differ on an axis, leaving out those it does not apply to."""
    return len({axis.of(cell) for cell in cells} - {"-"}) > 1


def cell_order(cell: Cell) -> tuple[object, ...]:
    """Where a cell belongs among others: numbers ascend, also those within words.

    By program, load and what else differs, then map size, timeout and what follows from them.
    """
    last = ("map_size", "timeout_ns", "population")
    others = (getattr(cell, axis.field) for axis in OTHERS if axis.field not in last)
    point = (getattr(cell, name) for name in last)
    return cell.program, *map(_place, (cell.load_hz, *others, *point))


def _place(value: object) -> tuple[object, ...]:
    """Nothing first, then numbers, then words; a number in a word counts as one."""
    if value is None:
        return (0,)
    if isinstance(value, int | float):
        return 1, value
    pieces = _DIGITS.split(str(value))
    return 2, *((0, int(piece)) if piece.isdigit() else (1, piece) for piece in pieces if piece)


_DIGITS = re.compile(r"(\d+)")


def point_text(cell: Cell) -> str:
    """Map size and timeout, as far as they are stated."""
    return " x ".join(text for text in (MAP_SIZE.of(cell), TIMEOUT.of(cell)) if text != "-")
