from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.capacity.goal import parse_goal
from bench.capacity.rates import cell_at, goals_floor, rate_range, steps_floor
from bench.capacity.scaled import LOAD, scaled
from bench.errors import UsageError
from bench.spec import Cell
from bench.units import NS_PER_MS, NS_PER_S

MakeCell = Callable[..., Cell]
GOALS = goals_floor([parse_goal("served >= 99%")], NS_PER_S)


@pytest.mark.parametrize(
    ("timeout_ns", "width", "hz"),
    [
        (100 * NS_PER_MS, 0.05, 200),
        (NS_PER_MS, 0.05, 20_000),
        (NS_PER_MS, 0.1, 10_000),
        (10 * NS_PER_S, 0.05, 2),
    ],
)
def test_rates_are_as_close_as_the_result_is_to_be(
    timeout_ns: int, width: float, hz: int, make_cell: MakeCell
) -> None:
    what = scaled(make_cell(timeout_ns=timeout_ns))
    assert steps_floor(what, width).hz == hz
    fewest = what.cell(hz).map_size
    assert 1 / fewest == pytest.approx(width), "one timer more or less"


def test_the_hardest_goal_decides() -> None:
    goals = [parse_goal("p50 <= 1ms"), parse_goal("p99.9 <= 1ms"), parse_goal("served >= 99%")]
    floor = goals_floor(goals, 2 * NS_PER_S)
    assert floor.hz == 6_000
    assert floor.why == "a window of 2s carries 'p99.9 <= 1ms' from 6k/s on"


def test_what_the_user_gives_counts(make_cell: MakeCell) -> None:
    what = scaled(make_cell())
    steps = steps_floor(what, 0.05)
    ask = {"goals": replace(GOALS, hz=5_000), "steps": steps}
    assert rate_range(what, **ask, low_hz=None, high_hz=None) == (5_000, 10_000_000)
    assert rate_range(what, **ask, low_hz=300, high_hz=400) == (300, 400)
    with pytest.raises(UsageError, match="--max 4k is too low"):
        rate_range(what, **ask, low_hz=None, high_hz=4_000)
    with pytest.raises(UsageError, match="--min 100 is too low"):
        rate_range(what, **ask, low_hz=100, high_hz=None)


def test_an_axis_has_an_end(make_cell: MakeCell) -> None:
    what = scaled(make_cell(program="tcp", load_hz=1), LOAD)
    assert cell_at(what, 5_000.0).load_hz == 5_000
    with pytest.raises(UsageError, match=r"20M connections/s are beyond any load: .* 20000000"):
        cell_at(what, 20_000_000.0)
