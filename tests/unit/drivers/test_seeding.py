"""Which keys are armed where, in which order, and for how long arming may take."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bench import abi
from bench.drivers import seeding
from bench.drivers.environment import Environment
from bench.drivers.pace import LEAST_NS, SeedingPace
from bench.drivers.seeding import RESIDUAL, Seeder, Seeds
from bench.errors import TrialFailedError
from bench.programs.seeding import HELD_NS, LEAD_NS, SEED_NS
from bench.spec import Cell
from bench.units import NS_PER_S

MakeCell = Callable[..., Cell]


class Fake:
    """A program that remembers what it was asked to seed."""

    def __init__(self, entries: int) -> None:
        self.view = np.zeros(entries, RESIDUAL)
        self.calls: list[tuple[set[int], int, list[int], int]] = []
        self.programs: list[str] = []

    def map(self, name: str) -> Any:
        assert name == "residuals"
        return SimpleNamespace(view=lambda dtype: self.view)

    def run(self, program: str, arguments: np.ndarray[Any, np.dtype[np.void]]) -> int:
        assert arguments.dtype == abi.ARM_ARGS
        self.programs.append(program)
        asked = arguments[0]
        times = self.view["ns"][: int(asked["count"])].tolist()
        cpus = os.sched_getaffinity(0)
        self.calls.append((cpus, int(asked["first"]), times, int(asked["epoch_ns"])))
        return 0


def seeder(
    make_cell: MakeCell, fake: Fake, cpus: tuple[int, ...], ends: int = 1, **changes: object
) -> Seeder:
    fields: dict[str, object] = {
        "program": "tcp", "load_hz": 100, "timeout_ns": NS_PER_S, "population": 100,
        "load_shape": "constant",
    }  # fmt: skip
    cell = make_cell(**(fields | changes))
    environment = Environment(cpus=cpus, ksoftirqd={})
    return Seeder(fake, cell, environment, ends, cpus)  # type: ignore[arg-type]


@pytest.fixture
def here() -> int:
    return min(os.sched_getaffinity(0))


def test_each_chunk_goes_on_in_order_of_expiry(
    make_cell: MakeCell, here: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seeding, "CHUNK", 30)
    fake = Fake(30)
    begin_ns = seeder(make_cell, fake, (here,)).seed()
    assert abs(begin_ns - fake.calls[0][3]) < NS_PER_S // 100, "both are of CLOCK_MONOTONIC"
    assert begin_ns > time.monotonic_ns()
    assert [first for _, first, _, _ in fake.calls] == [0, 30, 60, 90]
    times = [time for _, _, part, _ in fake.calls for time in part]
    assert times == [10_000_000 * n for n in range(1, 101)]
    assert len({epoch for *_, epoch in fake.calls}) == 1
    assert all(cpus == {here} for cpus, *_ in fake.calls)


def test_cpus_interleave_and_no_key_comes_twice(make_cell: MakeCell, here: int) -> None:
    fake = Fake(100)
    seeder(make_cell, fake, (here, here)).seed()
    (_, first, odd, _), (_, second, even, _) = fake.calls
    assert (first, second) == (0, 50)
    assert odd[:2] == [10_000_000, 30_000_000] and even[:2] == [20_000_000, 40_000_000]


def test_both_ends_are_one_connection(make_cell: MakeCell, here: int) -> None:
    fake = Fake(100)
    seeder(make_cell, fake, (here,), ends=2).seed()
    assert len(fake.calls[0][2]) == 50


def test_held_entries_come_last_have_other_keys_and_outlive_the_trial(
    make_cell: MakeCell, here: int
) -> None:
    fake = Fake(100)
    seeder(make_cell, fake, (here,), ends=2, options=(("held", 40),)).seed()
    (_, first, times, _), (_, held_first, held, _) = fake.calls
    assert (first, len(times), held_first, len(held)) == (0, 50, 50, 20)
    assert held == [HELD_NS + NS_PER_S * n // 20 for n in range(1, 21)]
    fake = Fake(40)
    seeder(make_cell, fake, (here,), population=None, options=(("held", 40),)).seed()
    ((_, first, held, _),) = fake.calls
    assert first == 0 and len(held) == 40 and min(held) > HELD_NS


def test_flows_that_a_flood_holds_are_its_own(make_cell: MakeCell, here: int) -> None:
    fake = Fake(100)
    flooded = Seeds("seed_flood", 0, np.array([7, 8, 9]), (here,))
    plain = seeder(make_cell, fake, (here,), options=(("held", 3),))
    Seeder(plain.subject, plain.cell, plain.environment, 1, (here,), flooded).seed()
    assert fake.programs == ["seed", "seed_flood"]
    assert fake.calls[1][1:3] == (0, [7, 8, 9])


def test_arming_that_takes_too_long_fails(
    make_cell: MakeCell, here: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SeedingPace, "allowed_ns", lambda self, entries: 1)
    with pytest.raises(TrialFailedError, match="s longer than the 1ns allowed"):
        seeder(make_cell, Fake(100), (here,)).seed()


def test_the_allowance_follows_what_trials_took() -> None:
    pace = SeedingPace()
    assert pace.allowed_ns(1_000) == LEAD_NS + 1_000 * SEED_NS
    pace.saw(100_000, 100_000 * SEED_NS)
    assert pace.entry_ns == 1.5 * SEED_NS
    pace.saw(100_000, 0)
    assert pace.entry_ns == 1.2 * SEED_NS, "it falls slowly"
    for _ in range(50):
        pace.saw(100_000, 0)
    assert pace.entry_ns == LEAST_NS
    pace.saw(10, NS_PER_S)
    assert pace.entry_ns == LEAST_NS, "of few entries the time says nothing"
