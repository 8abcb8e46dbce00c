from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.capacity.scaled import scaled
from bench.errors import UsageError
from bench.programs.registry import PROGRAMS
from bench.spec import Cell

MakeCell = Callable[..., Cell]


def test_resident_grows_by_timers_at_a_fixed_timeout(make_cell: MakeCell) -> None:
    cell = make_cell(timeout_ns=100_000_000)
    found = scaled(cell)
    assert found.axis == "map_size" and "timers at 100ms" in found.what
    assert found.cell(1_000_000).map_size == 100_000
    assert found.cell(0.1).map_size == 1
    assert PROGRAMS["resident"].offered_hz(found.cell(5_000), 0.0) == 5_000


def test_programs_that_need_connections_grow_by_them(make_cell: MakeCell) -> None:
    found = scaled(make_cell(program="tcp", load_hz=1))
    assert found.axis == "load" and found.cell(1234.4).load_hz == 1_234


def test_another_axis_can_be_chosen_and_a_wrong_one_is_refused(make_cell: MakeCell) -> None:
    assert scaled(make_cell(), "load").cell(7).load_hz == 7
    with pytest.raises(UsageError, match="--scale 'nothing' is not allowed"):
        scaled(make_cell(), "nothing")


@pytest.mark.parametrize("program", ["sampler", "external"])
def test_a_program_without_such_a_rate_is_refused(program: str, make_cell: MakeCell) -> None:
    cell = PROGRAMS[program].normalise(make_cell(program=program))
    with pytest.raises(UsageError, match=f"{program} has no rate that grows with map_size"):
        scaled(cell, "map_size")


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_rate_option_of_every_program_can_grow(name: str, make_cell: MakeCell) -> None:
    cell = make_cell(program=name)
    for option in PROGRAMS[name].options:
        if option.name.endswith("_hz"):
            assert dict(scaled(cell, option.name).cell(99.6).options)[option.name] == 100
