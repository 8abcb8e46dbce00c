"""Fixtures of tests that need the kernel, and the check that they leave nothing in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from operator import not_
from pathlib import Path

import pytest

from bench.campaign import runner
from bench.drivers.environment import Environment
from bench.drivers.registry import fitted
from bench.drivers.timer_memory import ReserveNeed, reserve_need, slab_object
from bench.errors import BenchError, TrialFailedError
from bench.host.cpus import find_cpus
from bench.host.exclusive import sole_measurement
from bench.host.ksoftirqd import find_ksoftirqd
from bench.host.mounts import find_mounts
from bench.host.reserve import MemoryReserve
from bench.libbpf import btf
from bench.record import TrialRecord
from bench.spec import Cell, Sweep
from bench.sweep.plan import PlannedTrial
from bench.trial import rig
from bench.trial.rig import Rig
from tests.kernel.leftovers import kernel_state, left_behind, unload_observers
from tests.waiting import wait_until

REQUIRED = "BENCH_REQUIRE_KERNEL"


@cache
def missing_capability() -> str | None:
    """Why kernel tests cannot run here, or None."""
    if os.geteuid() != 0:
        return "not root"
    try:
        btf.vmlinux()
        find_ksoftirqd()
    except BenchError as error:
        return str(error)
    return None


def require(missing: str | None) -> None:
    """Skip with the reason; with BENCH_REQUIRE_KERNEL=1 a skip is a failure."""
    if missing is None:
        return
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{REQUIRED}=1, but: {missing}")
    pytest.skip(missing)


STALLS = 3
"""Trials that a host may stop by standing still, as one that is shared does at times."""


@pytest.fixture(autouse=True)
def _kernel_needed() -> None:
    require(missing_capability())


@pytest.fixture(autouse=True)
def _alone(request: pytest.FixtureRequest) -> Iterator[None]:
    """No other measurement on this host; tests of the command line hold the lock themselves."""
    if "cli" in request.path.parts:
        yield
        return
    with sole_measurement(wait_s=120):
        yield


@pytest.fixture(scope="session", autouse=True)
def kernel_left_as_found() -> Iterator[None]:
    """After all kernel tests the kernel is as it was before the first."""
    if missing_capability():
        yield
        return
    with sole_measurement(wait_s=120):
        before = kernel_state()
    yield
    unload_observers()
    # The kernel frees maps in a work queue, after grace periods that a busy host draws out.
    wait_until("the kernel as it was before", lambda: left_behind(before, kernel_state()), not_)


@pytest.fixture(scope="session", autouse=True)
def memory_probed_once() -> Iterator[None]:
    """Whether this kernel needs a reserve stays as it is; to find out takes 20,000 timers or more.

    `test_reserve_in_kernel.py` probes by itself, as processes of bench do.
    """
    found: list[ReserveNeed] = []

    def probe(environment: Environment) -> ReserveNeed:
        if not found:
            found.append(reserve_need(environment))
        return found[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rig, "reserve_need", probe)
        yield


@pytest.fixture(params=["clang", "clang-19"])
def clang(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The compiler of a test: the distribution's, and a newer one, which makes other code."""
    command = str(request.param)
    require(None if shutil.which(command) else f"{command} is not installed")
    monkeypatch.setenv("BENCH_CLANG", command)
    return command


@pytest.fixture(scope="session")
def environment() -> Environment:
    return Environment(
        cpus=find_cpus().usable,
        ksoftirqd=find_ksoftirqd(),
        cgroup=find_mounts().cgroup2,
    )


@pytest.fixture(scope="session")
def reserve() -> Iterator[Callable[[int], None]]:
    """Makes sure that so many timers can be initialised."""
    made = MemoryReserve(slab_object())
    yield made.grow
    made.close()


@pytest.fixture
def make_cell() -> Callable[..., Cell]:
    def make(**changes: object) -> Cell:
        fields: dict[str, object] = {
            "program": "resident",
            "map_size": 1_000,
            "timeout_ns": 10_000_000,
            "phase": "even",
            "arm_cpus": "all",
            "observer": "none",
        }
        return fitted(Cell(**(fields | changes)))  # type: ignore[arg-type]

    return make


@pytest.fixture
def make_sweep() -> Callable[..., Sweep]:
    base = Sweep(
        cells=({"program": "resident"},),  # type: ignore[arg-type]
        duration=500_000_000,
        warmup=50_000_000,
        repeat=1,
        seed=1,
        max_steal=1.0,
    )

    def make(**changes: object) -> Sweep:
        return replace(base, **changes)  # type: ignore[arg-type]

    return make


Measure = Callable[..., TrialRecord]


@pytest.fixture
def measure(make_sweep: Callable[..., Sweep]) -> Measure:
    """Measure one trial of a cell; keyword arguments change the sweep."""

    def run(cell: Cell, **changes: object) -> TrialRecord:
        sweep = make_sweep(**changes)
        with Rig([cell]) as made:
            planned = PlannedTrial(trial=1, block=1, cell=cell)
            return runner.measure(made, planned, sweep, 1, lambda sample: None).record

    return run


@pytest.fixture
def measure_each(make_sweep: Callable[..., Sweep]) -> Callable[..., list[TrialRecord]]:
    """Measure one short trial of each cell, with one set-up for all."""

    def once(made: Rig, planned: PlannedTrial, sweep: Sweep) -> TrialRecord:
        """Again where the whole host stood still for so long that timers ended themselves."""
        for _ in range(STALLS):
            try:
                return runner.measure(made, planned, sweep, 1, lambda sample: None).record
            except TrialFailedError as error:
                if "gives no sign of life" not in error.problem:
                    raise
        pytest.fail(f"the host stood still in each of {STALLS} trials")

    def run(cells: Sequence[Cell], **changes: object) -> list[TrialRecord]:
        sweep = make_sweep(**{"duration": 200_000_000, "warmup": 20_000_000, **changes})
        planned = [PlannedTrial(trial=n, block=1, cell=cell) for n, cell in enumerate(cells, 1)]
        with Rig(cells) as made:
            return [once(made, each, sweep) for each in planned]

    return run


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return tmp_path / "results"
