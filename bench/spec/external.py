"""Programs of somebody else: what a cell says of them, and what no control of them can be."""

from __future__ import annotations

from bench.spec.axes import Control
from bench.spec.cell import Cell
from bench.spec.option import Option

EXTERNAL = "external"
EVERY, NONE = "all", "none"


def _text(value: object) -> str:
    text = str(value).strip()
    if not text:
        raise ValueError("nothing is written")
    return text


MAP = Option(
    "map",
    "Map whose timers are measured: its id, its name or the path of its pin; all = every map.",
    EVERY,
    _text,
    implied=True,
)
EXEC = Option(
    "exec",
    "Command that loads the program: started for each trial, and ended; none = it runs already.",
    NONE,
    _text,
    implied=True,
)
UNKNOWN_TO_US = frozenset({Control.ATTACHED, Control.EMPTY, Control.STAGES})
"""Controls that change what a program does, or what its callback records."""


def map_of(cell: Cell) -> str | None:
    """The map that is meant; None = every map."""
    wanted = str(dict(cell.options).get(MAP.name, MAP.default))
    return None if wanted == EVERY else wanted


def command_of(cell: Cell) -> str | None:
    """What loads the program for a trial; None = it runs already."""
    command = str(dict(cell.options).get(EXEC.name, EXEC.default))
    return None if command == NONE else command


def runs_anyway(cell: Cell) -> bool:
    """Whether the timers are there in trials of other cells, too: no control is without them."""
    return cell.program == EXTERNAL and command_of(cell) is None
