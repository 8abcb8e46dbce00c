from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import BenchError, UsageError
from bench.reason import Code
from bench.record import Status, TrialRecord
from bench.spec import Cell, Grid, LoadShape, Sweep
from bench.sweep.plan import (
    PlannedTrial,
    expand,
    expected_seconds,
    plan,
    remaining,
    trial_seconds,
)

MakeRecord = Callable[..., TrialRecord]


def without_hook(cell: Cell) -> Cell:
    return replace(cell, hook=None)


def sweep_of(*grids: Grid, **more: object) -> Sweep:
    return Sweep(cells=grids, **more)  # type: ignore[arg-type]


def test_the_grid_is_a_product_in_stable_order() -> None:
    grid = Grid(program="resident", map_size=[1, 2], timeout=["1ms", "2ms"], load=[0, 5])
    points = [(c.map_size, c.timeout_ns, c.load_hz) for c in expand(sweep_of(grid))]
    ms = 1_000_000
    assert points == [(m, t, h) for m in (1, 2) for t in (ms, 2 * ms) for h in (0, 5)]


def test_cells_that_do_not_differ_become_one() -> None:
    grid = Grid(program="resident", hook=["tp_btf", "sockops"])
    assert len(expand(sweep_of(grid, grid))) == 2
    assert len(expand(sweep_of(grid, grid), without_hook)) == 1


def test_load_axes_do_not_multiply_cells_without_load() -> None:
    grid = Grid(
        program="tcp", load=0, load_shape=["constant", "poisson"], ip=["ipv4", "ipv6"], hold="1ms"
    )
    (cell,) = expand(sweep_of(grid))
    assert (cell.load_shape, cell.ip, cell.hold_ns, cell.payload_bytes) == (None, None, 0, 0)


def test_a_closed_loop_has_one_shape() -> None:
    grid = Grid(program="tcp", load="max", load_shape=["constant", "poisson"])
    (cell,) = expand(sweep_of(grid))
    assert cell.load_shape is LoadShape.CLOSED


def test_a_closed_loop_at_a_rate_is_refused() -> None:
    with pytest.raises(UsageError, match="closed contradicts load 5k"):
        expand(sweep_of(Grid(program="tcp", load="5k", load_shape="closed")))


@given(st.integers(0, 2**63 - 1), st.integers(1, 5))
def test_every_block_holds_every_cell_once(seed: int, repeat: int) -> None:
    sweep = sweep_of(Grid(program="tcp", map_size=[1, 2, 3], load=[0, 5]), repeat=repeat)
    trials = plan(sweep, seed=seed)
    assert [trial.trial for trial in trials] == list(range(1, 6 * repeat + 1))
    assert [trial.block for trial in trials] == [b for b in range(1, repeat + 1) for _ in range(6)]
    counts = Counter((trial.block, trial.cell) for trial in trials)
    assert len(counts) == 6 * repeat
    assert set(counts.values()) == {1}


def test_a_seed_gives_one_order_and_another_seed_another() -> None:
    sweep = sweep_of(Grid(program="tcp", map_size=list(range(1, 11))))
    assert plan(sweep, seed=7) == plan(sweep, seed=7)
    assert plan(sweep, seed=7) != plan(sweep, seed=8)


def test_blocks_differ_in_order() -> None:
    sweep = sweep_of(Grid(program="tcp", map_size=list(range(1, 11))), repeat=2)
    trials = plan(sweep, seed=7)
    assert [t.cell for t in trials[:10]] != [t.cell for t in trials[10:]]


def test_the_order_of_a_recorded_seed_stays_for_ever() -> None:
    # Pinned as numpy 2.4 gave it: a numpy that shuffles differently would break resuming.
    sweep = sweep_of(Grid(program="tcp", map_size=[1, 2, 3, 4, 5]), repeat=2)
    order = [trial.cell.map_size for trial in plan(sweep, seed=7)]
    assert order == [3, 1, 5, 2, 4, 1, 2, 5, 4, 3]


def test_time_of_a_trial() -> None:
    sweep = sweep_of(Grid(program="tcp"), duration="1s", warmup="200ms")
    cell = Cell(program="tcp", map_size=100_000, timeout_ns=100_000_000)
    # 0.1 s filling, 0.1 s timeout, 0.2 s warm-up, 1 s window, 0.1 s drain, 0.3 s overhead
    assert trial_seconds(cell, sweep) == pytest.approx(1.8)


def test_a_long_timeout_is_not_drained() -> None:
    sweep = sweep_of(Grid(program="tcp"), duration="1s", warmup=0)
    cell = Cell(program="tcp", map_size=1, timeout_ns=10_000_000_000)
    assert trial_seconds(cell, sweep) == pytest.approx(10 + 1 + 0.25 + 0.3, abs=1e-3)


def test_time_of_a_run_has_one_set_up() -> None:
    sweep = sweep_of(Grid(program="tcp", map_size=1), repeat=4)
    trials = plan(sweep, seed=0)
    one = trial_seconds(trials[0].cell, sweep)
    set_up = expected_seconds(sweep, trials[:1]) - one
    assert expected_seconds(sweep, trials) == pytest.approx(set_up + 4 * one)
    assert expected_seconds(sweep, []) == 0


@pytest.fixture
def planned(make_cell: Callable[..., Cell]) -> list[PlannedTrial]:
    return [PlannedTrial(trial=n, block=1, cell=make_cell(map_size=n)) for n in (1, 2, 3)]


def test_all_remains_of_a_new_run(planned: list[PlannedTrial]) -> None:
    assert remaining(planned, []) == planned


@pytest.mark.parametrize(
    ("status", "codes", "left"),
    [
        (Status.OK, [], [1, 3]),
        (Status.INVALID, [Code.STEAL], [1, 3]),
        (Status.FAILED, [], [1, 3]),
        (Status.FAILED, [Code.INTERRUPTED], [1, 2, 3]),
    ],
)
def test_only_interrupted_trials_are_repeated(
    planned: list[PlannedTrial],
    make_record: MakeRecord,
    status: Status,
    codes: list[str],
    left: list[int],
) -> None:
    record = make_record(2, cell=planned[1].cell, status=status, codes=codes)
    assert [trial.trial for trial in remaining(planned, [record])] == left


def test_the_latest_record_of_a_trial_counts(
    planned: list[PlannedTrial], make_record: MakeRecord
) -> None:
    cell = planned[1].cell
    interrupted = make_record(2, cell=cell, status=Status.FAILED, codes=[Code.INTERRUPTED])
    assert len(remaining(planned, [interrupted, make_record(2, cell=cell)])) == 2
    assert len(remaining(planned, [make_record(2, cell=cell), interrupted])) == 3


def test_records_of_another_plan_are_refused(
    planned: list[PlannedTrial], make_record: MakeRecord
) -> None:
    with pytest.raises(BenchError, match="trial 4 of the run"):
        remaining(planned, [make_record(4, cell=planned[0].cell)])
    with pytest.raises(BenchError, match="trial 1 of the run"):
        remaining(planned, [make_record(1, cell=planned[2].cell)])
