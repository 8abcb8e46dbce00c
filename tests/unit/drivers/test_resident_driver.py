from __future__ import annotations

import os
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from bench import abi
from bench.drivers import resident
from bench.drivers.environment import Environment
from bench.drivers.resident import PASSES, ResidentDriver
from bench.errors import TrialFailedError
from bench.programs.resident import ARM_NS
from bench.spec import ArmCpus, Cell, Clock, Phase

MakeCell = Callable[..., Cell]
DRIVER = ResidentDriver()
PROGRAM = DRIVER.program


class Kernel:
    """Stands in for the syscall program ``arm``: notes keys, CPU and epoch of every call."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cpus: set[int] = {0, 3}
        self.keys: dict[int, int] = {}
        self.epochs: set[int] = set()
        self.largest = 0
        self.answer = 0
        self.short_of_memory = 0
        self.last_passes: list[int] = []
        monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(self.cpus))
        monkeypatch.setattr(os, "sched_setaffinity", self._move)

    def _move(self, pid: int, cpus: set[int]) -> None:
        self.cpus = set(cpus)

    def run(self, program: str, arguments: npt.NDArray[np.void]) -> int:
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
    ("changes", "spread"),
    [({}, 0), ({"phase": Phase.SPREAD}, 1), ({"phase": Phase.BURST}, 0)],
)
def test_constants_tell_number_and_phase(
    changes: dict[str, object],
    spread: int,
    make_cell: MakeCell,
    environment: Environment,
) -> None:
    assert DRIVER.constants(make_cell(map_size=300, **changes), environment) == {
        "timer_count": 300,
        "spread_phase": spread,
        "periodic": 1,
    }


def test_one_shot_timers_are_not_armed_again_and_their_window_opens_at_once(
    make_cell: MakeCell, environment: Environment
) -> None:
    once, again = (PROGRAM.normalise(make_cell(mode=mode)) for mode in ("one_shot", None))
    assert DRIVER.constants(once, environment)["periodic"] == 0
    assert (PROGRAM.rearms(once), PROGRAM.rearms(again)) == (False, True)
    assert PROGRAM.lead_ns(once, 7) == 0
    assert PROGRAM.lead_ns(again, 7) == again.timeout_ns + 7


@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_every_timer_is_armed_once_on_cpus_in_turn(
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
    monkeypatch.setattr(resident, "CHUNK", 3)
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
def test_the_runner_goes_back_to_its_cpus(
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
