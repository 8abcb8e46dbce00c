from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.control import control_of, controls_of
from bench.spec import (
    ENGINES,
    AddressFamily,
    Cell,
    Control,
    Controls,
    Engine,
    Instrument,
    LoadShape,
    MapType,
    ObserverName,
)
from bench.sweep.checks import normalised
from bench.sweep.plan import plan
from bench.sweep.sweep_file import packaged_sweeps, read_sweep
from bench.words.axes import OTHERS, varies
from bench.words.cells import cell_text, control_text

MakeCell = Callable[..., Cell]
AXES = {axis.field: axis for axis in OTHERS}


def test_a_plain_cell_is_short(make_cell: MakeCell) -> None:
    assert cell_text(make_cell()) == "resident 1k x 100ms, load 0"


def test_what_is_no_default_is_told(make_cell: MakeCell) -> None:
    cell = make_cell(load_hz=None, ip=AddressFamily.IPV6, map_type=MapType.ARRAY, hold_ns=1_500)
    text = cell_text(cell)
    assert text == "resident 1k x 100ms, load max, map type array, IP ipv6, hold 1500ns"


def test_every_field_of_a_cell_is_an_axis(make_cell: MakeCell) -> None:
    main = {"program", "map_size", "timeout_ns", "load_hz"}
    assert set(make_cell().__dataclass_fields__) == main | set(AXES)


def test_fields_of_the_load_do_not_vary_by_its_absence(make_cell: MakeCell) -> None:
    cells = [
        make_cell(load_hz=0),
        make_cell(load_hz=5, hold_ns=7, load_shape=LoadShape.POISSON),
        make_cell(load_hz=None, hold_ns=7, load_shape=LoadShape.CLOSED),
    ]
    assert not varies(AXES["hold_ns"], cells)
    assert not varies(AXES["load_shape"], cells)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"map_size": 100_000}, "resident 100k x 100ms, load 0"),
        ({"map_size": 1_001}, "resident 1001 x 100ms, load 0"),
        ({"program": "tcp", "load_hz": None, "timeout_ns": 1}, "tcp 1k x 1ns, load max"),
        ({"engine": Engine.TIMERFD}, "resident 1k x 100ms, load 0, engine timerfd"),
        (
            {"options": (("gc_period_ns", 10_000_000),)},
            "resident 1k x 100ms, load 0, options gc_period 10ms",
        ),
    ],
)
def test_a_cell_in_a_few_words(changes: dict[str, Any], expected: str, make_cell: MakeCell) -> None:
    assert cell_text(make_cell(**changes)) == expected


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        (Control.IDLE, "control idle"),
        (Control.CYCLICTEST, "control cyclictest"),
        (Control.LOAD, "control load 5k as for tcp, map type array"),
        (Control.ATTACHED, "control attached of tcp 1k x 10ms, load 5k, map type array"),
        (Control.EMPTY, "control empty of tcp 1k x 10ms, load 5k, map type array"),
        (Control.STAGES, "control stages of tcp 1k x 10ms, load 5k, map type array"),
        (Control.UNOBSERVED, "control unobserved of tcp 1k x 10ms, load 5k, map type array"),
    ],
)
def test_a_control_is_named_by_what_counts_for_it(
    control: Control, expected: str, make_cell: MakeCell
) -> None:
    """Its map size and timeout are placeholders where nothing is loaded."""
    plain = make_cell(program="tcp", timeout_ns=10_000_000, load_hz=5_000, map_type=MapType.ARRAY)
    made = control_of(plain, control)
    assert made is not None
    assert cell_text(made) == expected == f"control {control_text(made)}"


def test_a_control_keeps_what_it_does_not_set(make_cell: MakeCell) -> None:
    plain = make_cell(instrument=Instrument.STAGES, observer=ObserverName.PROCFS)
    unobserved, idle = (control_of(plain, one) for one in (Control.UNOBSERVED, Control.IDLE))
    assert unobserved is not None and idle is not None
    assert cell_text(unobserved) == (
        "control unobserved of resident 1k x 100ms, load 0, instrument stages"
    )
    assert cell_text(idle) == "control idle, observer procfs"


@pytest.mark.parametrize("name", packaged_sweeps())
def test_no_two_cells_of_a_sweep_share_a_name(name: str) -> None:
    sweep = read_sweep(name)
    cells = {trial.cell for trial in plan(sweep, seed=1, normalise=normalised)}
    plain = [cell for cell in cells if cell.control is None]
    cells |= set(controls_of(plain, Controls.FULL))
    assert len({cell_text(cell) for cell in cells}) == len(cells)


@given(
    engine=st.sampled_from(list(ENGINES.values())),
    map_type=st.sampled_from(MapType),
    observer=st.sampled_from(ObserverName),
    ip=st.sampled_from(AddressFamily),
    load_hz=st.sampled_from((None, 0, 1, 5_000)),
    map_size=st.integers(1, 10_000),
)
def test_a_name_says_every_value_that_is_no_default(map_size: int, **values: Any) -> None:
    cell = Cell(program="tcp", map_size=map_size, timeout_ns=1_000, **values)
    text = cell_text(cell)
    for axis in OTHERS:
        if axis.field in values and axis.of(cell) not in ("-", "bpf_timer", "hash", "auto", "both"):
            assert f", {axis.title} {axis.of(cell)}" in text
