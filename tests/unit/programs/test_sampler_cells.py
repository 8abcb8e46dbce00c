from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.errors import UsageError
from bench.programs.sampler import Sampler, profile_error_share
from bench.spec import Cell, Clock, Engine, Flag, MapType, Rearm

MakeCell = Callable[..., Cell]
PROGRAM = Sampler()


@pytest.fixture
def sampler_cell(make_cell: MakeCell) -> MakeCell:
    fields = {"program": "sampler", "map_size": 2, "timeout_ns": 1_000_000}
    return lambda **changes: PROGRAM.normalise(make_cell(**(fields | changes)))


def test_there_is_one_pinned_timer_per_cpu(sampler_cell: MakeCell) -> None:
    cell = sampler_cell(map_type=MapType.HASH)
    assert cell.map_size == PROGRAM.outstanding(cell) == 2
    assert cell.map_type is MapType.ARRAY and cell.flags == (Flag.CPU_PIN,)
    assert cell.rearm is Rearm.ABSOLUTE
    assert PROGRAM.offered_hz(cell, 0.0) == 2_000.0


def test_an_event_has_neither_clock_nor_flags(sampler_cell: MakeCell) -> None:
    cell = sampler_cell(engine=Engine.PERF_EVENT, clock=Clock.BOOTTIME, rearm=Rearm.RELATIVE)
    assert cell == sampler_cell(engine=Engine.PERF_EVENT)


def test_each_engine_loads_its_own_program(sampler_cell: MakeCell) -> None:
    assert PROGRAM.programs(sampler_cell(), None) == ("arm",)
    assert PROGRAM.programs(sampler_cell(engine=Engine.PERF_EVENT), None) == ("on_event",)


def test_a_period_that_perf_would_round_up_is_refused(sampler_cell: MakeCell) -> None:
    PROGRAM.check(sampler_cell(timeout_ns=5_000))
    with pytest.raises(UsageError, match="engine perf_event cannot keep 5us as a timeout"):
        PROGRAM.check(sampler_cell(engine=Engine.PERF_EVENT, timeout_ns=5_000))


def test_without_busy_processes_their_duty_is_no_axis(sampler_cell: MakeCell) -> None:
    cells = [sampler_cell(options={"busy": 0, "duty_percent": duty}) for duty in (10, 90)]
    assert cells[0] == cells[1]


def counts(**changes: int) -> dict[str, int]:
    return {
        "samples": 1_000, "intervals": 1_000, "interval_ns": 1_010_000_000, "unprofiled": 0,
        "cpu_ns": 1_000, "profiled": 100, "busy0_ns": 500, "busy0_samples": 60,
        "busy1_ns": 250, "busy1_samples": 20,
    } | changes  # fmt: skip


def test_drift_is_what_intervals_are_longer_than_periods(sampler_cell: MakeCell) -> None:
    found = PROGRAM.measured(counts(), sampler_cell(), 1)
    assert found["drift_ns"] == 5_000_000 and found["drift_share"] == pytest.approx(0.01)
    assert found["expected_samples"] is None and found["run_ns"] is None
    in_phase = PROGRAM.measured(counts(), sampler_cell(flags=(Flag.ABS,), map_size=2), 10**9)
    assert in_phase["expected_samples"] == 2 * 10**9 / sampler_cell().timeout_ns
    early = PROGRAM.measured(counts(interval_ns=990_000_000), sampler_cell(), 1)
    assert early["drift_ns"] == -5_000_000


def test_what_events_and_kernel_counted(sampler_cell: MakeCell) -> None:
    own = counts(event_ns=1_020_000_000, runs=1_000, run_ns=700_000)
    found = PROGRAM.measured(own, sampler_cell(engine=Engine.PERF_EVENT), 1)
    assert found["expected_samples"] == 1_020 and found["run_ns"] == 700


def test_the_error_of_a_profile_is_the_share_of_samples_to_be_moved() -> None:
    # Sampled 60, 20 and 20 %; true 50, 25 and 25 %.
    assert profile_error_share(counts(), 2) == pytest.approx(0.10)
    exact = counts(busy0_samples=50, busy1_samples=25)
    assert profile_error_share(exact, 2) == 0
    assert profile_error_share(counts(profiled=0), 2) is None
