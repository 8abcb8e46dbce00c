from __future__ import annotations

import struct
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
import pytest

from bench.drivers import churn
from bench.drivers.alone import Batches
from bench.drivers.callers import Callers
from bench.drivers.churn import ChurnDriver
from bench.drivers.environment import Environment
from bench.errors import UsageError
from bench.spec import Cell, MapType

MakeCell = Callable[..., Cell]
DRIVER = ChurnDriver()
ALONE = {"operations": "alone"}
PROGRAM = DRIVER.program


@pytest.fixture(autouse=True)
def _no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(churn, "interrupt_hooks", lambda source: ("taken_timer",))
    monkeypatch.setattr(churn, "find_cpus", lambda: SimpleNamespace(usable=(0, 3)))


@pytest.fixture
def churn_cell(make_cell: MakeCell) -> MakeCell:
    return lambda **changes: PROGRAM.normalise(make_cell(**({"program": "churn"} | changes)))


def test_weights_are_told_in_the_order_of_the_operations(
    churn_cell: MakeCell, environment: Environment
) -> None:
    options = {"start": 1, "push": 2, "cancel": 3, "delete": 4, "replace": 5}
    found = DRIVER.constants(churn_cell(options=options), environment)
    assert found["weights"] == struct.pack("<5I", 1, 2, 3, 4, 5)
    assert found["total_weight"] == 15 and found["shared"] == 0
    assert found["interrupts_watched"] == 1


@pytest.mark.parametrize(("map_type", "times"), [(MapType.HASH, 1), (MapType.LRU_HASH, 2)])
def test_only_an_lru_map_has_more_keys_than_entries(
    map_type: MapType, times: int, churn_cell: MakeCell, environment: Environment
) -> None:
    cell = churn_cell(map_type=map_type, map_size=500)
    assert DRIVER.constants(cell, environment)["keys"] == 500 * times


def test_operations_alone_have_entries_for_batches_and_queues(churn_cell: MakeCell) -> None:
    cell = churn_cell(options=ALONE | {"queued": 1_000})
    assert DRIVER.fit(cell).map_size == 2 * (64 + 1_000)
    assert DRIVER.fit(churn_cell(map_size=77)).map_size == 77


@pytest.mark.parametrize("cpus", [1, 2, "all"])
def test_more_cpus_than_there_are_cannot_call(cpus: object, churn_cell: MakeCell) -> None:
    DRIVER.fit(churn_cell(options=ALONE | {"cpus": cpus}))
    with pytest.raises(UsageError, match="this host has 2 CPUs"):
        DRIVER.fit(churn_cell(options=ALONE | {"cpus": 3}))


def test_timers_of_another_cpu_need_one(
    churn_cell: MakeCell, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = churn_cell(options=ALONE | {"timers_of": "other"})
    DRIVER.fit(cell)
    monkeypatch.setattr(churn, "find_cpus", lambda: SimpleNamespace(usable=(0,)))
    with pytest.raises(UsageError, match="this host has 1 CPU"):
        DRIVER.fit(cell)


def test_each_cpu_holds_its_queue(
    churn_cell: MakeCell, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: dict[int, range] = {}
    where: list[int] = []
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 3})
    monkeypatch.setattr("os.sched_setaffinity", lambda pid, cpus: where.append(min(cpus)))

    def run(program: str, arguments: npt.NDArray[np.void]) -> int:
        assert program == "hold"
        first, count = int(arguments["first"][0]), int(arguments["count"][0])
        held[where[-1]] = range(first, first + count)
        return 0

    DRIVER.arm(run, churn_cell(options=ALONE | {"queued": 10}), environment)
    first = 64 * len(environment.cpus)
    assert held == {
        cpu: range(first + nth * 10, first + nth * 10 + 10)
        for nth, cpu in enumerate(environment.cpus)
    }
    DRIVER.arm(run, churn_cell(), environment)
    assert len(held) == len(environment.cpus)


def test_operations_alone_are_called_by_as_many_cpus_as_asked(
    churn_cell: MakeCell, environment: Environment
) -> None:
    subject = SimpleNamespace(run=lambda program, arguments: 0)
    for options, kind in ((ALONE, Batches), ({}, Callers)):
        (activity,) = DRIVER.activities(subject, churn_cell(options=options), environment)
        assert type(activity) is kind
