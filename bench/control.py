"""Controls: cells measured beside a cell, in the same blocks, to show what causes what.

Pure: a control is a cell like any other, made from the one that it belongs to. So a report
finds a cell's controls again by making them once more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from bench.spec import Cell, Control, Controls, Instrument, Mode, ObserverName, TimeoutShape
from bench.units import NS_PER_S

WITHOUT_PROGRAM = frozenset({Control.IDLE, Control.LOAD, Control.CYCLICTEST})
"""Nothing is loaded into the kernel but the observer."""
WITHOUT_TIMERS = WITHOUT_PROGRAM | {Control.ATTACHED}
"""No timer is armed."""

_ALWAYS = (Control.IDLE, Control.LOAD)
"""Of every cell; most cells share them."""
_INSTRUMENT = (Control.EMPTY, Control.UNOBSERVED, Control.STAGES)
"""The instrument's own effect: in a basic set of the first cell of each program only."""


def has_program(cell: Cell) -> bool:
    """Whether a trial of the cell loads a program."""
    return cell.control not in WITHOUT_PROGRAM


def has_timers(cell: Cell) -> bool:
    """Whether a trial of the cell arms timers."""
    return cell.control not in WITHOUT_TIMERS


def control_of(cell: Cell, control: Control) -> Cell | None:
    """A control of a plain cell; None if that would be the cell itself, or another control.

    Cells that differ in nothing that matters to a control share it.
    """
    if control in (Control.IDLE, Control.CYCLICTEST):
        return _without_program(cell, control)
    if control is Control.LOAD:
        return _load_alone(cell) if cell.has_load else None
    if control is Control.ATTACHED:
        return replace(cell, control=control)
    if control is Control.UNOBSERVED:
        return _changed(cell, control, observer=ObserverName.NONE)
    if not cell.engine.facts.in_softirq:
        return None  # Levels of the instrument are those of a timer's callback.
    levels = {Control.EMPTY: Instrument.EMPTY, Control.STAGES: Instrument.STAGES}
    return _changed(cell, control, instrument=levels[control])


def controls_of(
    cells: Sequence[Cell], controls: Controls, *, without: Collection[Control] = ()
) -> tuple[Cell, ...]:
    """The controls of some plain cells that a sweep asks for, each once; ``without`` some.

    ``basic`` has the idle host and the load alone, and the instrument's own effect for the
    first cell of each program, of engine bpf_timer if it has one; ``full`` has every control
    of every cell.
    """
    found: dict[Cell, None] = {}
    first: dict[str, Cell] = {}
    for cell in sorted(cells, key=lambda cell: not cell.engine.facts.in_softirq):
        first.setdefault(cell.program, cell)
    for cell in cells:
        wanted = [
            control
            for control in _wanted(controls, first=first[cell.program] is cell)
            if control not in without
        ]
        made = (control_of(cell, control) for control in wanted)
        found.update((one, None) for one in made if one is not None)
    return tuple(found)


def controls_among(cells: Iterable[Cell], plain: Cell) -> list[Cell]:
    """Those of some cells that are controls of a plain cell."""
    return [one for one in cells if one.control and control_of(plain, one.control) == one]


def _wanted(controls: Controls, *, first: bool) -> tuple[Control, ...]:
    if controls is Controls.NONE:
        return ()
    if controls is Controls.FULL:
        return tuple(Control)
    return (*_ALWAYS, *_INSTRUMENT) if first else _ALWAYS


def _without_program(cell: Cell, control: Control) -> Cell:
    """Program, map and timeout only fill the fields: nothing of them is loaded."""
    return Cell(
        program="resident",
        mode=Mode.PERIODIC,
        map_size=1,
        timeout_ns=NS_PER_S,
        observer=cell.observer,
        control=control,
    )


def _load_alone(cell: Cell) -> Cell:
    """The program stays, because it decides where connections are made."""
    plain = {item: Cell.__dataclass_fields__[item].default for item in ("clock", "flags")}
    return replace(
        cell,
        control=Control.LOAD,
        map_size=1,
        timeout_ns=NS_PER_S,
        timeout_shape=TimeoutShape.FIXED,
        instrument=Instrument.FULL,
        **plain,
    )


def _changed(cell: Cell, control: Control, **changes: object) -> Cell | None:
    changed = replace(cell, **changes)  # type: ignore[arg-type]
    return None if changed == cell else replace(changed, control=control)
