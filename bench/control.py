"""Controls: cells measured beside a cell, in the same blocks, to show what causes what.

Pure: a control is a cell like any other, made from the one that it belongs to. So a report
finds a cell's controls again by making them once more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from bench.spec import (
    ENGINES,
    Cell,
    Control,
    Controls,
    Ends,
    Engine,
    Instrument,
    Mode,
    ObserverName,
    Rearm,
    TimeoutShape,
)
from bench.spec.external import EXEC, EXTERNAL, MAP, UNKNOWN_TO_US, runs_anyway
from bench.spec.held import HELD
from bench.units import NS_PER_S

WITHOUT_PROGRAM = frozenset({Control.IDLE, Control.LOAD, Control.CYCLICTEST})
"""Nothing is loaded into the kernel but the observer."""
WITHOUT_TIMERS = WITHOUT_PROGRAM | {Control.ATTACHED}
"""No timer is armed."""

_ALWAYS = (Control.IDLE, Control.LOAD)
"""Of every cell; most cells share them."""
_COSTING = (Controls.COST, Controls.FULL)
"""Those that have what total costs need."""
_INSTRUMENT = (Control.EMPTY, Control.UNOBSERVED, Control.STAGES)
"""The instrument's own effect: in a basic set of the first cell of each program only."""
_OF_TIMERS = frozenset({HELD.name, MAP.name, EXEC.name})
"""Options that say which timers there are: nothing without timers has them."""


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
    if runs_anyway(cell) and control is not Control.UNOBSERVED:
        return None
    if control in (Control.IDLE, Control.CYCLICTEST):
        return _without_program(cell, control)
    if control is Control.LOAD:
        return _load_alone(cell) if cell.has_load else None
    if cell.program == EXTERNAL and control in UNKNOWN_TO_US:
        return None
    if control is Control.ATTACHED:
        return replace(cell, control=control)
    if control is Control.UNOBSERVED:
        return _changed(cell, control, observer=ObserverName.NONE)
    if not cell.engine.facts.in_softirq:
        return None  # Levels of the instrument are those of a timer's callback.
    levels = {Control.EMPTY: Instrument.EMPTY, Control.STAGES: Instrument.STAGES}
    return _changed(cell, control, instrument=levels[control])


def reference_of(cell: Cell) -> Cell:
    """The same host, load, flood and busy processes without timers, whatever the engine.

    Connections are the load's alone. A program with axes of its own makes work of its own, which
    goes on while it arms nothing; beside any other without load the host is idle.
    """
    of_engines = {option.name for engine in ENGINES.values() for option in engine.facts.options}
    without = of_engines | _OF_TIMERS
    own = tuple(option for option in cell.options if option[0] not in without)
    plain = replace(cell, engine=Engine.BPF_TIMER, options=own)
    if cell.has_load:
        return _load_alone(plain)
    if own:
        return replace(plain, control=Control.ATTACHED)
    return _without_program(plain, Control.IDLE)


def baseline_of(cell: Cell) -> Cell:
    """What the CPU use of a cell is compared with: its reference without an observer."""
    return replace(reference_of(cell), observer=ObserverName.NONE)


def unobserved_of(cell: Cell) -> Cell:
    """What the CPU use of a cell is taken from, because an observer's hooks cost."""
    return control_of(cell, Control.UNOBSERVED) or cell


def cost_controls_of(cell: Cell) -> tuple[Cell, ...]:
    """What a cell's total cost is taken from, and split by; nothing without its timers."""
    if runs_anyway(cell):
        return ()
    found = (unobserved_of(cell), baseline_of(cell), reference_of(cell))
    return tuple(one for one in dict.fromkeys(found) if one != cell)


def controls_of(
    cells: Sequence[Cell], controls: Controls, *, without: Collection[Control] = ()
) -> tuple[Cell, ...]:
    """The controls of some plain cells that a sweep asks for, each once; ``without`` some.

    ``basic`` has the idle host and the load alone, and the instrument's own effect for the
    first cell of each program, of engine bpf_timer if it has one; ``cost`` has the idle host and
    what the total cost of every cell needs; ``full`` has every control of every cell.
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
        if controls in _COSTING and Control.UNOBSERVED not in without:
            found.update(dict.fromkeys(cost_controls_of(cell)))
    return tuple(found)


def controls_among(cells: Iterable[Cell], plain: Cell) -> list[Cell]:
    """Those of some cells that are controls of a plain cell."""
    of_cost = cost_controls_of(plain)
    return [
        one
        for one in cells
        if one.control and (control_of(plain, one.control) == one or one in of_cost)
    ]


def _wanted(controls: Controls, *, first: bool) -> tuple[Control, ...]:
    if controls is Controls.NONE:
        return ()
    if controls is Controls.FULL:
        return tuple(Control)
    if controls is Controls.COST:
        return (Control.IDLE,)
    return (*_ALWAYS, *_INSTRUMENT) if first else _ALWAYS


def _without_program(cell: Cell, control: Control) -> Cell:
    """Program, map and timeout only fill the fields: nothing of them is loaded."""
    return Cell(
        program="resident",
        mode=Mode.PERIODIC,
        rearm=Rearm.ABSOLUTE,
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
        ends=cell.ends and Ends.SERVER,
        map_size=cell.map_size and 1,
        timeout_ns=cell.timeout_ns and NS_PER_S,
        population=None,
        options=tuple(option for option in cell.options if option[0] not in _OF_TIMERS),
        timeout_shape=TimeoutShape.FIXED,
        rearm=cell.rearm and Rearm.ABSOLUTE,
        instrument=Instrument.FULL,
        **plain,
    )


def _changed(cell: Cell, control: Control, **changes: object) -> Cell | None:
    changed = replace(cell, **changes)  # type: ignore[arg-type]
    return None if changed == cell else replace(changed, control=control)
