from __future__ import annotations

from dataclasses import replace

import pytest

from bench.campaign.resume import check_resume, sweep_differences
from bench.errors import BenchError, UsageError
from bench.record import Calibration, RunHeader
from bench.spec import Grid, Sweep


def test_the_same_sweep_and_host_are_accepted(header: RunHeader) -> None:
    check_resume(header, sweep=header.sweep, host=header.host, tools=header.tools)
    check_resume(header, sweep=None, host=header.host, tools=header.tools)


def test_a_drawn_seed_is_no_difference(sweep: Sweep) -> None:
    assert sweep_differences(sweep, replace(sweep, seed=None)) == []
    assert sweep_differences(sweep, replace(sweep, seed=8)) == ["seed: was 7, now 8"]


def test_a_run_whose_warm_up_was_found_is_resumed_by_its_command(
    header: RunHeader, sweep: Sweep
) -> None:
    asked = replace(sweep, pilot=3_500_000_000)
    found = Calibration(least_ns=sweep.warmup, pilot_ns=asked.pilot)
    begun = replace(header, sweep=replace(sweep, warmup=9), calibration=found)
    check_resume(begun, sweep=asked, host=header.host, tools=header.tools)
    with pytest.raises(UsageError, match="pilot: was 3500000000, now 0"):
        check_resume(begun, sweep=sweep, host=header.host, tools=header.tools)


def test_every_key_that_differs_is_named(sweep: Sweep) -> None:
    resident, tcp = sweep.cells
    other = replace(sweep, repeat=5, cells=(replace(resident, map_size=(1_000, 2_000)), tcp))
    assert sweep_differences(sweep, other) == [
        "repeat: was 3, now 5",
        "cells[0].map_size: was 1000, 100000, now 1000, 2000",
    ]


def test_another_number_of_grids_is_named(sweep: Sweep) -> None:
    other = replace(sweep, cells=(Grid(program="tcp"),))
    assert sweep_differences(sweep, other) == ["cells: was 2 grids, now 1"]


def test_another_sweep_is_a_mistake_of_the_user(header: RunHeader, sweep: Sweep) -> None:
    with pytest.raises(UsageError, match=f"{header.run_id} measures another sweep: repeat: was 3"):
        check_resume(header, sweep=replace(sweep, repeat=4), host=header.host, tools=header.tools)


def test_another_host_is_refused(header: RunHeader) -> None:
    header = replace(header, host={"cpu_model": "A", "timer_migration": 1})
    now = {"cpu_model": "B", "timer_migration": 0}
    with pytest.raises(BenchError, match="started on a different host: cpu_model was A and is B;"):
        check_resume(header, sweep=None, host=now, tools=header.tools)


def test_a_setting_that_changed_is_no_other_host(header: RunHeader) -> None:
    header = replace(header, host={"cpu_model": "A", "timer_migration": 1})
    now = {"cpu_model": "A", "timer_migration": 0}
    with pytest.raises(BenchError) as refused:
        check_resume(header, sweep=None, host=now, tools=header.tools)
    assert refused.value.problem == (
        f"this host was changed since run {header.run_id} was started: "
        "timer_migration was 1 and is 0"
    )
    assert refused.value.remedy == (
        "Set timer_migration back to 1 (sysctl kernel.timer_migration), or start a new run"
    )


def test_other_tools_are_refused(header: RunHeader) -> None:
    tools = header.tools | {"clang": "19.1"}
    with pytest.raises(BenchError, match=r"other tools: clang: 14\.0\.6 -> 19\.1"):
        check_resume(header, sweep=None, host=header.host, tools=tools)
