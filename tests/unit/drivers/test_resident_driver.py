from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from bench import abi
from bench.drivers import arming
from bench.drivers.arming import PASSES
from bench.drivers.environment import Environment
from bench.drivers.resident import ResidentDriver
from bench.errors import TrialFailedError
from bench.programs.resident import ARM_NS
from bench.spec import ArmCpus, Cell, Clock, Phase, Rearm
from bench.units import NS_PER_S

MakeCell = Callable[..., Cell]
DRIVER = ResidentDriver()
PROGRAM = DRIVER.program


class Kernel:
    """Stands in for the syscall program ``arm``: notes keys, CPU and epoch of every call."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._cpus: dict[int, set[int]] = {}
        self._lock = threading.Lock()
        self.keys: dict[int, int] = {}
        self.epochs: set[int] = set()
        self.largest = 0
        self.answer = 0
        self.short_of_memory = 0
        self.last_passes: list[int] = []
        monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(self.cpus))
        monkeypatch.setattr(os, "sched_setaffinity", self._move)

    @property
    def cpus(self) -> set[int]:
        return self._cpus.get(threading.get_ident(), {0, 3})

    def _move(self, pid: int, cpus: set[int]) -> None:
        self._cpus[threading.get_ident()] = set(cpus)

    def run(self, program: str, arguments: npt.NDArray[np.void]) -> int:
        with self._lock:
            return self._run(program, arguments)

    def _run(self, program: str, arguments: npt.NDArray[np.void]) -> int:
        assert program == "arm" and arguments.dtype == abi.ARM_ARGS
        self.last_passes.append(int(arguments["last_pass"][0]))
        if self.short_of_memory:
            self.short_of_memory -= 1
            arguments["missing"] = 0 if arguments["last_pass"][0] else 5
            return self.answer
        arguments["missing"] = 0
        (call,) = arguments
        (cpu,) = self.cpus
        count = int(call["count"])
        for key in range(int(call["first"]), int(call["first"] + call["stride"] * count))[
            :: int(call["stride"])
        ]:
            assert key not in self.keys
            self.keys[key] = cpu
        self.largest = max(self.largest, count)
        self.epochs.add(int(call["epoch_ns"]))
        return self.answer


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    return Kernel(monkeypatch)


@pytest.mark.parametrize(
    ("changes", "phase", "absolute"),
    [
        ({}, 1, 0),
        ({"phase": Phase.EVEN, "rearm": Rearm.ABSOLUTE}, 0, 1),
        ({"phase": Phase.RANDOM, "rearm": Rearm.RELATIVE}, 1, 0),
        ({"phase": Phase.BURST}, 2, 0),
    ],
)
def test_constants_say_how_timers_begin_and_start_again(
    changes: dict[str, object],
    phase: int,
    absolute: int,
    make_cell: MakeCell,
    environment: Environment,
) -> None:
    seeded = replace(environment, seed=7)
    assert DRIVER.constants(make_cell(map_size=300, **changes), seeded) == {
        "timer_count": 300,
        "first_phase": phase,
        "phase_seed": 7,
        "periodic": 1,
        "extra_work": 0,
        "rearm_absolute": absolute,
        "abs_flag": 1,
    }


def test_one_shot_timers_are_not_armed_again_and_their_window_opens_at_once(
    make_cell: MakeCell, environment: Environment
) -> None:
    once, again = (PROGRAM.normalise(make_cell(mode=mode)) for mode in ("one_shot", None))
    assert DRIVER.constants(once, environment)["periodic"] == 0
    assert (PROGRAM.rearms(once), PROGRAM.rearms(again)) == (False, True)
    assert PROGRAM.lead_ns(once, 7) == 0
    assert PROGRAM.lead_ns(again, 7) == again.timeout_ns + 7


@pytest.mark.parametrize(
    ("changes", "waited_ns"),
    [
        ({}, NS_PER_S),
        ({"phase": Phase.EVEN}, NS_PER_S),
        ({"phase": Phase.BURST}, 10 * NS_PER_S),
        ({"rearm": Rearm.RELATIVE}, 10 * NS_PER_S),
        ({"timeout_ns": 7}, 7),
    ],
)
def test_timers_spread_over_a_grid_are_not_waited_for_long(
    changes: dict[str, object], waited_ns: int, make_cell: MakeCell
) -> None:
    fields: dict[str, object] = {"timeout_ns": 10 * NS_PER_S}
    cell = PROGRAM.normalise(make_cell(**(fields | changes)))
    assert PROGRAM.lead_ns(cell, 5) == waited_ns + 5


@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_every_timer_is_armed_once_each_cpu_has_every_other(
    size: int, kernel: Kernel, make_cell: MakeCell, environment: Environment
) -> None:
    DRIVER.arm(kernel.run, make_cell(map_size=size, arm_cpus=ArmCpus.ALL), environment)
    assert kernel.keys == {key: (0, 3)[key % 2] for key in range(size)}


def test_one_cpu_arms_all_timers_when_asked(
    kernel: Kernel, make_cell: MakeCell, environment: Environment
) -> None:
    DRIVER.arm(kernel.run, make_cell(map_size=7, arm_cpus=ArmCpus.ONE), environment)
    assert kernel.keys == dict.fromkeys(range(7), 0)


def test_many_timers_are_armed_in_chunks(
    kernel: Kernel,
    make_cell: MakeCell,
    environment: Environment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(arming, "CHUNK", 3)
    DRIVER.arm(kernel.run, make_cell(map_size=17), environment)
    assert sorted(kernel.keys) == list(range(17))
    assert kernel.largest == 3


@pytest.mark.parametrize(
    ("clock", "now"),
    [(Clock.MONOTONIC, time.CLOCK_MONOTONIC), (Clock.BOOTTIME, time.CLOCK_BOOTTIME)],
)
def test_all_timers_share_one_epoch_after_the_arming(
    clock: Clock,
    now: int,
    kernel: Kernel,
    make_cell: MakeCell,
    environment: Environment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time, "clock_gettime_ns", {now: 5_000_000_000}.__getitem__)
    DRIVER.arm(kernel.run, make_cell(map_size=1_000, clock=clock), environment)
    assert kernel.epochs == {5_000_000_000 + 1_000 * ARM_NS}
    assert PROGRAM.settling_ns(make_cell(map_size=1_000)) == 1_000 * ARM_NS


@pytest.mark.parametrize("answer", [0, 1])
def test_the_runner_stays_on_its_cpus(
    answer: int, kernel: Kernel, make_cell: MakeCell, environment: Environment
) -> None:
    kernel.answer = answer
    try:
        DRIVER.arm(kernel.run, make_cell(), environment)
    except TrialFailedError:
        assert answer
    assert kernel.cpus == {0, 3}


def test_arming_that_stops_early_fails_the_trial(
    kernel: Kernel, make_cell: MakeCell, environment: Environment
) -> None:
    kernel.answer = 1
    with pytest.raises(TrialFailedError, match="arming stopped among timers"):
        DRIVER.arm(kernel.run, make_cell(map_size=1_000), environment)


def test_timers_without_memory_get_another_pass(
    kernel: Kernel, make_cell: MakeCell, environment: Environment
) -> None:
    kernel.short_of_memory = 2
    DRIVER.arm(kernel.run, make_cell(map_size=7, arm_cpus=ArmCpus.ONE), environment)
    assert kernel.last_passes == [0, 0, 0]
    assert sorted(kernel.keys) == list(range(7))


def test_the_last_pass_counts_what_is_still_missing(
    kernel: Kernel, make_cell: MakeCell, environment: Environment
) -> None:
    kernel.short_of_memory = PASSES
    DRIVER.arm(kernel.run, make_cell(map_size=7, arm_cpus=ArmCpus.ONE), environment)
    assert kernel.last_passes == [0] * (PASSES - 1) + [1]
