"""The axes of a cell: their titles, and their values as a user would write them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from bench.spec import CLOSED_LOOP, Cell, Grid, Options, OptionValue, flags_text
from bench.units import exact_count, exact_duration


def load_text(load_hz: int | None) -> str:
    """Connections per second as in a sweep file: ``5k``, ``max``, or ``0``."""
    return CLOSED_LOOP if load_hz is None else exact_count(load_hz)


def _plain(value: object) -> str:
    return "-" if value is None else str(value)


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


def hold_text(ns: int) -> str:
    """How long a connection is held: ``10ms``, or ``0``."""
    return exact_duration(ns) if ns else "0"


@dataclass(frozen=True, slots=True)
class Axis:
    """A field of a cell: its attribute, its title, its text.

    Attributes:
        of_load: Meaningless, and so ignored, in cells without load. A closed loop has no
            shape of its own either: ``max`` says it all.
        definition: Number of its meaning, raised when that changes.
    """

    field: str
    title: str
    text: Callable[[Any], str] = _plain
    of_load: bool = False
    definition: int = 1

    def of(self, cell: Cell) -> str:
        """The cell's value as text, ``-`` where it does not apply."""
        if self.of_load and not cell.has_load:
            return "-"
        if self is SHAPE and cell.load_hz is None:
            return "-"
        return self.text(getattr(cell, self.field))


MAP_SIZE = Axis("map_size", "map size", exact_count)
TIMEOUT = Axis("timeout_ns", "timeout", exact_duration)
LOAD = Axis("load_hz", "load", load_text)
OPTIONS = Axis("options", "options", options_text)
SHAPE = Axis("load_shape", "load shape", of_load=True)
OTHERS = (
    Axis("engine", "engine"),
    Axis("hook", "hook"),
    Axis("map_type", "map type"),
    Axis("outer_map", "outer map"),
    Axis("timeout_shape", "timeout shape"),
    Axis("mode", "mode"),
    Axis("clock", "clock"),
    Axis("flags", "flags", flags_text),
    Axis("phase", "phase"),
    Axis("arm_cpus", "arm CPUs"),
    SHAPE,
    Axis("ip", "IP", of_load=True),
    Axis("hold_ns", "hold", hold_text, of_load=True),
    Axis("payload_bytes", "payload", exact_count, of_load=True),
    Axis("instrument", "instrument"),
    Axis("observer", "observer"),
    OPTIONS,
    Axis("control", "control"),
)
AXES = (MAP_SIZE, TIMEOUT, LOAD, *OTHERS)
"""All of them."""


def _default(name: str, of_cell: Any) -> Any:
    """What a cell has where its sweep does not say."""
    values = getattr(_PLAIN, name, None)
    return values[0] if isinstance(values, tuple) and values else of_cell


_PLAIN = Grid(program="resident")
_DEFAULTS = {item.name: _default(item.name, item.default) for item in fields(Cell)}


def is_told(axis: Axis, cell: Cell) -> bool:
    """Whether a cell's name says its value on an axis: it applies, and is not the default."""
    return getattr(cell, axis.field) != _DEFAULTS[axis.field] and axis.of(cell) != "-"


def varies(axis: Axis, cells: Sequence[Cell]) -> bool:
    """Whether the cells differ on an axis, leaving out those it does not apply to."""
    return len({axis.of(cell) for cell in cells} - {"-"}) > 1


def point_text(cell: Cell) -> str:
    """Map size and timeout."""
    return f"{MAP_SIZE.of(cell)} x {TIMEOUT.of(cell)}"
