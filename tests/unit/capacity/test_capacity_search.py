"""The search against hosts of known capacity, and against a grid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from bench.capacity.goal import parse_goal
from bench.capacity.report import CapacityFound, below_capacity, document, grid_trials, lines
from bench.capacity.scaled import scaled
from bench.capacity.search import Bounds, BudgetOverError, Range, Trials, search
from bench.record import TrialRecord
from bench.spec import Cell

MakeHost = Callable[..., Callable[[float], object]]
SERVED = parse_goal("served >= 99.9%")
TAIL = parse_goal("p99.9 <= 1ms and served >= 99.9%")
WITHIN = Range(low_hz=10_000, high_hz=10_000_000, width=0.05, trials=5)
CAPACITIES = [12_000.0, 150_000.0, 1_000_000.0, 6_500_000.0]


def found(host: object, *goals: object, within: Range = WITHIN) -> tuple[list[Bounds], Trials]:
    trials = Trials(host)  # type: ignore[arg-type]
    return search(goals, within, trials), trials  # type: ignore[arg-type]


@pytest.mark.parametrize("capacity_hz", CAPACITIES)
def test_the_known_capacity_lies_between_bounds_as_close_as_asked(
    make_host: MakeHost, capacity_hz: float
) -> None:
    ((bounds,), _) = found(make_host(capacity_hz=capacity_hz), SERVED)
    assert bounds.lower_hz is not None and bounds.upper_hz is not None
    # 99.9 % are served up to a thousandth above the capacity.
    assert bounds.lower_hz <= capacity_hz * 1.0011 <= bounds.upper_hz * 1.0011
    assert (bounds.upper_hz - bounds.lower_hz) / bounds.upper_hz <= 0.05 * 1.001


@pytest.mark.parametrize("capacity_hz", CAPACITIES)
@pytest.mark.parametrize("spread", [0.0, 0.05])
def test_it_takes_at_most_a_third_of_the_trials_of_a_grid(
    make_host: MakeHost, capacity_hz: float, spread: float
) -> None:
    host = make_host(capacity_hz=capacity_hz, spread=spread)
    (_, trials) = found(host, SERVED, TAIL)
    assert trials.spent == len(host.rates)  # type: ignore[attr-defined]
    assert trials.spent <= grid_trials(WITHIN) / 3


def test_a_grid_of_the_same_precision_covers_the_range() -> None:
    rates = WITHIN.low_hz / (1 - WITHIN.width) ** np.arange(grid_trials(WITHIN) / WITHIN.trials)
    assert rates[-2] < WITHIN.high_hz <= rates[-1]


@pytest.mark.parametrize(("spread", "sure", "near"), [(0.05, 50, 57), (0.10, 48, 45)])
def test_on_a_noisy_host_the_capacity_is_where_trials_differ(
    make_host: MakeHost, spread: float, sure: int, near: int
) -> None:
    """Of 60 searches so many hold it: between all and none, and within 5 % of the bounds."""
    seen = np.zeros(2, dtype=int)
    for seed in range(60):
        host = make_host(capacity_hz=700_000.0, spread=spread, seed=seed)
        ((bounds,), _) = found(host, SERVED)
        assert bounds.all_hz and bounds.none_hz and bounds.lower_hz and bounds.upper_hz
        assert bounds.all_hz <= bounds.lower_hz < bounds.upper_hz <= bounds.none_hz
        seen += (
            bounds.all_hz <= 700_000 <= bounds.none_hz,
            bounds.lower_hz * 0.95 <= 700_000 <= bounds.upper_hz / 0.95,
        )
    assert seen[0] >= sure and seen[1] >= near, seen


def test_several_goals_share_their_trials(make_host: MakeHost) -> None:
    (both, shared) = found(make_host(capacity_hz=1e6), SERVED, TAIL)
    alone = [found(make_host(capacity_hz=1e6), goal) for goal in (SERVED, TAIL)]
    ends = [(b.lower_hz, b.upper_hz) for b in both]
    assert ends == [(b.lower_hz, b.upper_hz) for (b,), _ in alone]
    assert shared.spent < sum(trials.spent for _, trials in alone)
    assert both[1].lower_hz is not None and both[1].upper_hz is not None
    assert both[1].lower_hz <= 500_000 <= both[1].upper_hz


def test_the_same_goal_twice_costs_nothing_more(make_host: MakeHost) -> None:
    (_, once) = found(make_host(capacity_hz=1e6, spread=0.05), SERVED)
    (_, twice) = found(make_host(capacity_hz=1e6, spread=0.05), SERVED, SERVED)
    assert once.spent == twice.spent


def test_a_capacity_outside_of_the_range_is_told(make_host: MakeHost) -> None:
    ((below,), _) = found(make_host(capacity_hz=100.0), SERVED)
    assert below.lower_hz is None
    ((above,), _) = found(make_host(capacity_hz=1e9), SERVED)
    assert above.upper_hz is None and above.lower_hz == pytest.approx(1e7)


@pytest.mark.parametrize("budget", [1, 3, 6])
def test_when_the_budget_ends_what_is_known_is_kept(make_host: MakeHost, budget: int) -> None:
    host = make_host(capacity_hz=1e6)

    def limited(rate_hz: float) -> object:
        if len(host.rates) == budget:  # type: ignore[attr-defined]
            raise BudgetOverError("over")
        return host(rate_hz)

    ((bounds,), trials) = found(limited, SERVED)
    assert trials.spent == budget and not bounds.finished
    assert (bounds.lower_hz or 0) <= 1.001e6 < (bounds.upper_hz or 1e9)


def test_a_report_has_bounds_trials_and_lateness_below(
    make_host: MakeHost, make_cell: Callable[..., Cell]
) -> None:
    host = make_host(capacity_hz=1e6)
    (bounds, trials) = found(host, TAIL)
    below = below_capacity(bounds[0], 3, host)  # type: ignore[arg-type]
    result = CapacityFound(
        scaled=scaled(make_cell()), within=WITHIN, bounds=bounds, spent=trials.spent, below=[below]
    )
    text = "\n".join(lines(result))
    assert "between 4" in text and "callbacks/s (timers at 100ms)" in text
    for share in ("10%", "50%", "90%"):
        assert f"at {share} of it, lateness: p50 10µs" in text
    assert f"{trials.spent} trials searched, 9 below the capacity" in text
    goal = document(result)["goals"][0]
    assert goal["lower_hz"] < goal["upper_hz"] and goal["lateness_ns"]["50%"]["p50"] == 10_000


def test_a_report_says_when_there_is_no_bound(
    make_host: MakeHost, make_cell: Callable[..., Cell]
) -> None:
    for capacity_hz, words in ((100.0, "not even met at 10k"), (1e9, "met up to 10M")):
        (bounds, trials) = found(make_host(capacity_hz=capacity_hz), SERVED)
        result = CapacityFound(
            scaled=scaled(make_cell()), within=WITHIN, bounds=bounds, spent=trials.spent, below=[{}]
        )
        assert words in next(lines(result))
    assert below_capacity(replace(bounds[0], lower_hz=None), 3, make_host(capacity_hz=1.0)) == {}  # type: ignore[arg-type]


def test_trials_below_the_capacity_may_contradict_it(
    make_host: MakeHost, make_cell: Callable[..., Cell]
) -> None:
    """A tail that does not come from the rate: met by luck where it was searched."""
    host = make_host(capacity_hz=1e6)
    (bounds, trials) = found(host, TAIL)

    def spoilt(rate_hz: float) -> TrialRecord:
        record = host(rate_hz)
        assert record.lateness is not None
        return replace(record, lateness=replace(record.lateness, p999_ns=10**9))

    good, bad = (
        CapacityFound(
            scaled=scaled(make_cell()),
            within=WITHIN,
            bounds=bounds,
            spent=trials.spent,
            below=[below_capacity(bounds[0], 3, measured)],  # type: ignore[arg-type]
        )
        for measured in (host, spoilt)
    )
    assert good.contradicted == [[]] and bad.contradicted == [[0.1, 0.5, 0.9]]
    assert "(met in 3 of 3 trials)" in "".join(lines(good))
    assert "NOT CONFIRMED" in "".join(lines(bad)) and "NOT" not in "".join(lines(good))
    assert document(good)["goals"][0]["confirmed"]
    told = document(bad)["goals"][0]
    assert not told["confirmed"] and told["met_below"]["50%"] == {"met": 0, "trials": 3}


@pytest.mark.parametrize("low_hz", [1, 24, 8_000, 9_000])
@pytest.mark.parametrize("times", [1.001, 1.5, 20, 2e6])
def test_a_range_may_lie_anywhere(low_hz: float, times: float, make_host: MakeHost) -> None:
    """Its ends are set one after the other in a library that wants them in order."""
    within = Range(low_hz=low_hz, high_hz=low_hz * times, width=0.05, trials=1)
    ((bounds,), _) = found(make_host(capacity_hz=low_hz * times / 2), SERVED, within=within)
    assert bounds.finished
    assert (bounds.lower_hz is None) is (times < 2)
