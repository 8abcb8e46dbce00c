"""Residual times against loads that really ran that long, in simulation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bench.drivers.residuals import Times, delayed, residuals_ns
from bench.load.schedule import blocks
from bench.spec import Cell, LoadShape, TimeoutShape
from bench.units import NS_PER_S

MakeCell = Callable[..., Cell]
RATE_HZ = 2_000


def populated(make_cell: MakeCell, **changes: object) -> Cell:
    fields: dict[str, object] = {
        "program": "tcp",
        "load_hz": RATE_HZ,
        "load_shape": LoadShape.CONSTANT,
        "timeout_ns": 10 * NS_PER_S,
        "population": 10 * RATE_HZ,
    }
    return make_cell(**(fields | changes))


def arrivals(
    shape: LoadShape, span_ns: int, seed: int
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Due times of the load within the last span before 0."""
    found: list[Times] = []
    for block in blocks(RATE_HZ, shape, seed, -span_ns):
        found.append(block)
        if block[-1] > 0:
            break
    times = np.concatenate(found)
    return times[times <= 0]


def test_those_of_a_constant_load_are_its_own_schedule_s(make_cell: MakeCell) -> None:
    cell = populated(make_cell)
    due = arrivals(LoadShape.CONSTANT, cell.timeout_ns, 0)
    left = np.sort(due + cell.timeout_ns)
    assert np.array_equal(residuals_ns(cell, len(left), 1), left)


def test_they_reach_from_one_gap_to_a_timeout_without_overflow(make_cell: MakeCell) -> None:
    day = 86_400 * NS_PER_S
    found = residuals_ns(populated(make_cell, timeout_ns=day), 10_000_000, 1)
    assert found[0] == day // 10_000_000 and found[-1] == day
    assert np.all(np.diff(found) > 0)


@pytest.mark.parametrize("arrival", [LoadShape.CONSTANT, LoadShape.POISSON])
@pytest.mark.parametrize("shape", TimeoutShape)
def test_they_are_those_of_a_load_that_went_on_for_long(
    shape: TimeoutShape, arrival: LoadShape, make_cell: MakeCell
) -> None:
    cell = populated(make_cell, timeout_shape=shape, load_shape=arrival)
    found = residuals_ns(cell, 20_000, 7)
    assert np.all(found > 0) and np.all(np.diff(found) >= 0)
    random = np.random.default_rng(3)
    due = arrivals(arrival, 20 * cell.timeout_ns, 5)
    draw = {
        TimeoutShape.FIXED: lambda n: np.ones(n),
        TimeoutShape.UNIFORM: lambda n: random.uniform(0.5, 1.5, n),
        TimeoutShape.EXPONENTIAL: lambda n: random.exponential(1, n),
    }[shape]
    left = due + cell.timeout_ns * draw(len(due))
    left = left[left > 0]
    # Little: as many are alive as the population has.
    assert abs(len(left) - 20_000) < 600
    for q in (0.05, 0.25, 0.5, 0.75, 0.95):
        expected = np.quantile(left, q)
        assert abs(np.quantile(found, q) - expected) < 0.05 * expected + 0.01 * cell.timeout_ns


def test_delays_of_connections_are_drawn_and_keep_the_order(make_cell: MakeCell) -> None:
    even = residuals_ns(populated(make_cell), 20_000, 1)
    assert delayed(even, (), 1) is even
    later = delayed(even, (100, 300), 1) - even
    assert np.all(np.diff(delayed(even, (100, 10_000_000), 1)) >= 0)
    assert set(later.tolist()) == {100, 300}
    assert abs(later.mean() - 200) < 5


def test_the_same_seed_gives_the_same(make_cell: MakeCell) -> None:
    cell = populated(make_cell, load_shape=LoadShape.POISSON)
    assert np.array_equal(residuals_ns(cell, 100, 1), residuals_ns(cell, 100, 1))
    assert not np.array_equal(residuals_ns(cell, 100, 1), residuals_ns(cell, 100, 2))
