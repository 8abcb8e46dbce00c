from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import nullcontext

import numpy as np
import numpy.typing as npt
import pytest

from bench.drivers import sampler
from bench.drivers.environment import Environment
from bench.drivers.sampler import SamplerDriver
from bench.errors import TrialFailedError, UsageError
from bench.host.cpus import Cpus
from bench.spec import Cell, Engine

MakeCell = Callable[..., Cell]
DRIVER = SamplerDriver()
PROGRAM = DRIVER.program


@pytest.fixture
def sampler_cell(make_cell: MakeCell, monkeypatch: pytest.MonkeyPatch) -> MakeCell:
    two = Cpus(possible=(0, 3), online=(0, 3), allowed=(0, 3))
    monkeypatch.setattr(sampler, "find_cpus", lambda: two)
    fields = {"program": "sampler", "timeout_ns": 1_000_000}
    return lambda **changes: DRIVER.fit(PROGRAM.normalise(make_cell(**(fields | changes))))


def test_each_timer_is_started_on_its_cpu(
    sampler_cell: MakeCell, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = {0, 3}
    started = []

    def move(pid: int, cpus: set[int]) -> None:
        allowed.clear()
        allowed.update(cpus)

    def run(program: str, arguments: npt.NDArray[np.void]) -> int:
        started.append((program, int(arguments["first"][0]), set(allowed)))
        return 0

    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(allowed))
    monkeypatch.setattr(os, "sched_setaffinity", move)
    DRIVER.arm(run, sampler_cell(), environment)
    assert started == [("arm", 0, {0}), ("arm", 1, {3})] and allowed == {0, 3}
    with pytest.raises(TrialFailedError, match="no room for the timer of CPU 0"):
        DRIVER.arm(lambda program, arguments: 1, sampler_cell(), environment)


@pytest.mark.parametrize(("ticks", "apart_ns"), [("aligned", 0), ("skewed", 500_000)])
def test_ticks_of_cpus_can_depend_on_each_other(
    ticks: str,
    apart_ns: int,
    sampler_cell: MakeCell,
    environment: Environment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sampler, "running_on", lambda cpu: nullcontext())
    first: list[int] = []

    def run(program: str, arguments: npt.NDArray[np.void]) -> int:
        first.append(int(arguments["epoch_ns"][0]))
        return 0

    cell = sampler_cell(options={"ticks": ticks})
    DRIVER.arm(run, cell, environment)
    assert first[1] - first[0] == apart_ns
    assert 0 < first[0] - time.monotonic_ns() <= PROGRAM.settling_ns(cell)
    first.clear()
    DRIVER.arm(run, sampler_cell(), environment)
    assert first == [0, 0] and PROGRAM.settling_ns(sampler_cell()) == 0


def test_events_that_the_kernel_starts_cannot_be_aligned(sampler_cell: MakeCell) -> None:
    cell = sampler_cell(engine=Engine.PERF_EVENT, options={"ticks": "aligned"})
    with pytest.raises(UsageError, match="perf_event starts its events by itself"):
        PROGRAM.check(cell)


def counts(**changes: int) -> dict[str, int]:
    return {
        "samples": 1_000, "intervals": 1_000, "interval_ns": 1_010_000_000, "unprofiled": 0,
        "cpu_ns": 1_000, "profiled": 100, "busy0_ns": 500, "busy0_samples": 60,
        "busy1_ns": 250, "busy1_samples": 20,
    } | changes  # fmt: skip


def test_there_is_a_timer_for_each_usable_cpu(sampler_cell: MakeCell) -> None:
    assert sampler_cell(map_size=9).map_size == 2
