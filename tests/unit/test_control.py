from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.control import (
    baseline_of,
    control_of,
    controls_among,
    cost_controls_of,
    has_program,
    has_timers,
    reference_of,
    unobserved_of,
)
from bench.programs.registry import PROGRAMS, find
from bench.spec import (
    Cell,
    Control,
    Controls,
    Engine,
    Grid,
    Instrument,
    MapType,
    ObserverName,
    Sweep,
)
from bench.sweep.checks import check_cells, normalised
from bench.sweep.plan import expand, plan

MakeCell = Callable[..., Cell]
GRIDS = (
    Grid(program="resident", map_size=["1k", "10k"], load=[0, "5k"]),  # type: ignore[arg-type]
    Grid(program="tcp", timeout="1ms", load="2k"),  # type: ignore[arg-type]
)


def sweep(controls: Controls, repeat: int = 1) -> Sweep:
    return Sweep(cells=GRIDS, controls=controls, repeat=repeat)


@pytest.mark.parametrize("control", list(Control))
def test_a_control_of_a_cell_stays_as_it_is_when_it_is_normalised(control: Control) -> None:
    """So a report finds it again by making it from the record's cell."""
    for cell in expand(sweep(Controls.NONE), normalised):
        made = control_of(cell, control)
        if made is not None:
            assert normalised(made) == made
            assert made.control is control
            find(made.program).check(made)


@pytest.mark.parametrize("program", PROGRAMS)
def test_controls_are_there_for_every_program_and_engine(program: str) -> None:
    """Whatever a program makes of a cell, its controls can be measured, and are found again."""
    found = find(program)
    for engine in found.engines:
        grid = Grid(
            program=program,
            engine=(engine,),
            map_type=(MapType.LRU_HASH if engine is Engine.LRU else found.map_types[0],),
            map_size=(1_000,),
            timeout=(10_000_000,),
            load=(1_000,),
        )
        plain, *controls = expand(Sweep(cells=(grid,), controls=Controls.FULL), normalised)
        assert plain.control is None and controls
        for made in controls:
            assert normalised(made) == made
        check_cells(controls, cpus=2, allow_overload=False)
        assert set(controls_among(controls, plain)) == set(controls)


def test_the_instrument_is_measured_at_a_timer_whatever_comes_first() -> None:
    grid = Grid(
        program="resident",
        engine=(Engine.TIMERFD, Engine.BPF_TIMER),
        map_size=(100,),
        timeout=(10_000_000,),
    )
    cells = expand(Sweep(cells=(grid,), controls=Controls.BASIC), normalised)
    kinds = {cell.control: cell.engine for cell in cells if cell.control}
    assert kinds[Control.EMPTY] is kinds[Control.STAGES] is Engine.BPF_TIMER


def test_a_sweep_without_controls_has_none() -> None:
    assert all(cell.control is None for cell in expand(sweep(Controls.NONE), normalised))


@pytest.mark.parametrize("controls", [Controls.BASIC, Controls.FULL])
def test_every_block_holds_every_control_once(controls: Controls) -> None:
    trials = plan(sweep(controls, repeat=2), seed=3, normalise=normalised)
    blocks = [[t.cell for t in trials if t.block == block] for block in (1, 2)]
    assert set(blocks[0]) == set(blocks[1])
    assert all(len(set(cells)) == len(cells) for cells in blocks)
    kinds = [cell.control for cell in blocks[0]]
    # Five cells; one idle host; two loads, one of which is both resident cells'.
    assert kinds.count(None) == 5
    full = controls is Controls.FULL
    # Idle and the loads once more without an observer, where total costs are asked for.
    assert kinds.count(Control.IDLE) == (2 if full else 1)
    assert kinds.count(Control.LOAD) == (4 if full else 2)
    # The instrument's own effect: of every cell, or of the first of each program.
    assert kinds.count(Control.EMPTY) == kinds.count(Control.UNOBSERVED) == (5 if full else 2)
    assert kinds.count(Control.STAGES) == (5 if full else 2)
    assert kinds.count(Control.ATTACHED) == (5 if full else 0)
    assert kinds.count(Control.CYCLICTEST) == (1 if full else 0)


def test_what_a_cell_already_is_is_no_control_of_it(make_cell: MakeCell) -> None:
    cell = make_cell(instrument=Instrument.STAGES, observer=ObserverName.NONE)
    assert control_of(cell, Control.STAGES) is None
    assert control_of(cell, Control.UNOBSERVED) is None
    assert control_of(cell, Control.LOAD) is None, "it makes no connections"


def test_controls_differ_in_what_they_say(make_cell: MakeCell) -> None:
    cell = make_cell(load_hz=100)
    made = {control: control_of(cell, control) for control in Control}
    assert {c for c, one in made.items() if one and not has_program(one)} == {
        Control.IDLE,
        Control.LOAD,
        Control.CYCLICTEST,
    }
    assert {c for c, one in made.items() if one and not has_timers(one)} == {
        Control.IDLE,
        Control.LOAD,
        Control.CYCLICTEST,
        Control.ATTACHED,
    }
    loads = {c: one.load_hz for c, one in made.items() if one}
    assert loads[Control.LOAD] == loads[Control.ATTACHED] == loads[Control.EMPTY] == 100
    assert loads[Control.IDLE] == loads[Control.CYCLICTEST] == 0


def test_the_reference_is_one_for_all_engines(make_cell: MakeCell) -> None:
    """The load alone, the idle host, or a program whose own work goes on without timers."""
    tcp = make_cell(program="tcp", load_hz=100, hook="auto")
    scanned = replace(tcp, engine=Engine.USER_GC, options=(("gc_period_ns", 5),))
    assert reference_of(tcp) == reference_of(scanned) == control_of(tcp, Control.LOAD)
    assert reference_of(make_cell()).control is Control.IDLE
    flooded = make_cell(program="xdp_gc", options=(("gc_period_ns", 5), ("packets_hz", 100)))
    kept = reference_of(replace(flooded, engine=Engine.USER_GC))
    assert (kept.control, kept.options) == (Control.ATTACHED, (("packets_hz", 100),))
    assert kept.engine is Engine.BPF_TIMER
    assert baseline_of(tcp) == replace(reference_of(tcp), observer=ObserverName.NONE)


def test_a_total_cost_needs_the_cell_without_observer_and_its_reference(
    make_cell: MakeCell,
) -> None:
    cell = make_cell()
    assert cost_controls_of(cell) == (unobserved_of(cell), baseline_of(cell), reference_of(cell))
    quiet = make_cell(observer=ObserverName.NONE)
    assert unobserved_of(quiet) == quiet
    assert cost_controls_of(quiet) == (baseline_of(quiet),)


def test_controls_of_costs_are_those_of_every_cell() -> None:
    cells = expand(sweep(Controls.COST), normalised)
    plain = [cell for cell in cells if cell.control is None]
    assert {one for cell in plain for one in cost_controls_of(cell)} <= set(cells)
    assert {c.control for c in cells} == {None, Control.IDLE, Control.LOAD, Control.UNOBSERVED}
