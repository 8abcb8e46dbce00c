from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.errors import UsageError
from bench.programs.fitting import default_of
from bench.spec import ArmCpus, Cell, Control, Ends, Engine, Hook, Phase
from bench.sweep.checks import (
    BURST_CALLBACK_NS,
    LONGEST_BURST_NS,
    LONGEST_GO_NS,
    SAFE_HZ_PER_CPU,
    SCAN_ENTRY_NS,
    check_cells,
    check_load_host,
    normalised,
)

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
    server = make_cell(program="tcp", load_hz=SAFE_HZ_PER_CPU)
    check_cells([server], cpus=1, allow_overload=False)
    both = replace(server, ends=Ends.BOTH)
    with pytest.raises(UsageError, match="safety bound"):
        check_cells([both], cpus=1, allow_overload=False)


def test_a_load_host_has_the_other_end(make_cell: MakeCell) -> None:
    server = make_cell(program="tcp", load_hz=1, ends=Ends.SERVER)
    check_load_host([make_cell(), server])
    with pytest.raises(UsageError, match="ends both needs both ends") as refused:
        check_load_host([server, replace(server, ends=Ends.BOTH)])
    assert "--load-host" in refused.value.remedy and "ends server" in refused.value.remedy


def test_a_closed_loop_offers_no_rate_that_could_be_too_high(make_cell: MakeCell) -> None:
    check_cells([make_cell(program="tcp", load_hz=None)], cpus=1, allow_overload=False)


def test_what_a_program_cannot_do_is_refused_even_when_overload_is_allowed(
    make_cell: MakeCell,
) -> None:
    fine, wrong = make_cell(), make_cell(program="tcp", load_hz=0)
    with pytest.raises(UsageError, match="program tcp needs connections"):
        check_cells([fine, wrong], cpus=1, allow_overload=True)


@pytest.mark.parametrize(("engine", "parts"), [(Engine.BPF_SCAN, 1), (Engine.BPF_SWEEP, 64)])
def test_a_scan_that_would_keep_a_cpu_for_too_long_is_refused(
    engine: Engine, parts: int, make_cell: MakeCell
) -> None:
    most = LONGEST_GO_NS // SCAN_ENTRY_NS
    cell = make_cell(program="tcp", engine=engine, load_hz=1, map_size=most * parts // 2)
    check_cells([cell], cpus=1, allow_overload=False)
    larger = replace(cell, map_size=most * parts + 1)
    with pytest.raises(UsageError, match=rf"engine {engine} would look at .* in one go") as refused:
        check_cells([cell, larger], cpus=1, allow_overload=False)
    assert "reference machine" in refused.value.problem and "5ms" in refused.value.problem
    assert "--allow-overload" in refused.value.remedy
    check_cells([larger], cpus=1, allow_overload=True)
    check_cells([replace(larger, control=Control.LOAD)], cpus=1, allow_overload=False)


def test_a_scan_from_user_space_keeps_no_cpu(make_cell: MakeCell) -> None:
    cell = make_cell(program="tcp", engine=Engine.USER_GC, load_hz=1, map_size=1 << 22)
    check_cells([cell], cpus=1, allow_overload=False)


@pytest.mark.parametrize(("arm_cpus", "share"), [(ArmCpus.ONE, 1), (ArmCpus.ALL, 4)])
def test_timers_that_expire_together_are_bounded_however_rarely_they_do(
    arm_cpus: ArmCpus, share: int, make_cell: MakeCell
) -> None:
    most = share * LONGEST_BURST_NS // BURST_CALLBACK_NS
    cell = make_cell(map_size=most, timeout_ns=60_000_000_000, phase=Phase.BURST, arm_cpus=arm_cpus)
    check_cells([cell], cpus=4, allow_overload=False)
    larger = replace(cell, map_size=10_000_000)
    with pytest.raises(UsageError, match=r"phase burst would let .* of one CPU expire") as refused:
        check_cells([cell, larger], cpus=4, allow_overload=False)
    assert "the bound is 250ms" in refused.value.problem
    assert "--allow-overload" in refused.value.remedy
    check_cells([larger], cpus=4, allow_overload=True)
    check_cells([replace(larger, phase=Phase.RANDOM)], cpus=4, allow_overload=False)
    check_cells([replace(larger, control=Control.IDLE)], cpus=4, allow_overload=False)


def test_timers_of_user_space_expire_in_no_softirq(make_cell: MakeCell) -> None:
    cell = make_cell(map_size=10_000_000, timeout_ns=60_000_000_000, phase=Phase.BURST)
    axes = {axis: default_of(axis) for axis in Engine.TIMERFD.facts.default_axes}
    check_cells([replace(cell, engine=Engine.TIMERFD, **axes)], cpus=1, allow_overload=False)
