from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.errors import UsageError
from bench.spec import Cell, Hook
from bench.sweep.checks import SAFE_HZ_PER_CPU, check_cells, normalised

MakeCell = Callable[..., Cell]


def cell_at(make_cell: MakeCell, offered_hz: int) -> Cell:
    return make_cell(map_size=offered_hz // 1_000, timeout_ns=1_000_000)


def test_normalising_is_the_program_s(make_cell: MakeCell) -> None:
    assert normalised(make_cell(hook=Hook.AUTO)).hook is None
    assert normalised(make_cell(program="tcp", load_hz=1)).hook is Hook.AUTO
    with pytest.raises(UsageError, match="unknown program 'nosuch'"):
        normalised(make_cell(program="nosuch"))


@pytest.mark.parametrize("cpus", [1, 4])
def test_the_safety_bound_grows_with_the_cpus(cpus: int, make_cell: MakeCell) -> None:
    bound = SAFE_HZ_PER_CPU * cpus
    at, beyond = (cell_at(make_cell, hz) for hz in (bound, bound + 1_000))
    check_cells([at], cpus=cpus, allow_overload=False)
    with pytest.raises(UsageError, match=r"timers at 1ms offer .* callbacks/s.* \(\d CPUs?\)") as e:
        check_cells([at, beyond], cpus=cpus, allow_overload=False)
    assert "--allow-overload" in e.value.remedy
    check_cells([at, beyond], cpus=cpus, allow_overload=True)


def test_a_load_that_offers_too_many_callbacks_is_refused(make_cell: MakeCell) -> None:
    cell = make_cell(program="tcp", load_hz=SAFE_HZ_PER_CPU // 2 + 1)
    with pytest.raises(UsageError, match="safety bound"):
        check_cells([cell], cpus=1, allow_overload=False)


def test_a_closed_loop_offers_no_rate_that_could_be_too_high(make_cell: MakeCell) -> None:
    check_cells([make_cell(program="tcp", load_hz=None)], cpus=1, allow_overload=False)


def test_what_a_program_cannot_do_is_refused_even_when_overload_is_allowed(
    make_cell: MakeCell,
) -> None:
    fine, wrong = make_cell(), make_cell(program="tcp", load_hz=0)
    with pytest.raises(UsageError, match="program tcp needs connections"):
        check_cells([fine, wrong], cpus=1, allow_overload=True)
