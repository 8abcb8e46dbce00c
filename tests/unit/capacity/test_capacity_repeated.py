"""Repeated searches against hosts of known capacity; the simulation is ``tests/perf/simulate``."""

from __future__ import annotations

import pytest

from bench.capacity.repeated import search_repeatedly, together
from bench.capacity.report import CapacityFound, document, lines
from bench.capacity.scaled import scaled
from bench.capacity.search import Bounds, BudgetOverError
from bench.record import TrialRecord
from tests.perf.simulate.capacity import CELL, GOAL, WITHIN, flat, held, host


@pytest.mark.parametrize("spread", [0.0, 0.05, 0.2, 0.4])
def test_six_searches_hold_the_capacity(spread: float) -> None:
    """The whole simulation asks for 184 of 200."""
    assert held(spread, 40) >= 37


def test_they_are_as_close_as_one_where_nothing_varies() -> None:
    (one,), _ = search_repeatedly([GOAL], WITHIN, host(700_000, 0, 1), 1)
    (six,), trials = search_repeatedly([GOAL], WITHIN, host(700_000, 0, 1), 6)
    assert (six.lower_hz, six.upper_hz) == (one.lower_hz, one.upper_hz)
    assert len(trials) == 6 and six.searches == 6


@pytest.mark.parametrize(
    ("met", "capacity_hz", "least", "most"),
    [(1.0, 7e5, 0, 0), (1.0, 1e12, 0, 0), (0.95, 7e5, 0, 0), (0.7, 1e12, 9, 10)],
)
def test_a_goal_that_the_rate_does_not_decide_is_flat(
    met: float, capacity_hz: float, least: int, most: int
) -> None:
    assert least <= flat(met, capacity_hz, 10) <= most


def test_a_budget_that_ends_leaves_what_is_known() -> None:
    measure, left = host(700_000, 0.05, 1), [25]

    def limited(rate_hz: float) -> TrialRecord:
        left[0] -= 1
        if left[0] < 0:
            raise BudgetOverError("over")
        return measure(rate_hz)

    (bounds,), trials = search_repeatedly([GOAL], WITHIN, limited, 6)
    assert not bounds.finished and 1 <= bounds.searches < 6
    assert sum(each.spent for each in trials) == 25


def of(lower: float | None, upper: float | None) -> Bounds:
    return Bounds(goal=GOAL, lower_hz=lower, upper_hz=upper, all_hz=None, none_hz=None)


def test_an_end_that_a_search_did_not_find_is_not_known() -> None:
    found = together([of(10, 20), of(None, 15)], 2)
    assert (found.lower_hz, found.upper_hz) == (None, 20)
    assert together([of(10, 20), of(5, None)], 2).upper_hz is None


def test_the_report_names_flat_goals_and_selected_moments() -> None:
    bounds = together([of(1_000, 2_000)] * 6, 6)
    fields = {"scaled": scaled(CELL), "within": WITHIN, "bounds": [bounds], "spent": 60}
    calm = CapacityFound(**fields, below=[{}], spoilt=10)
    assert not calm.selected
    text = "\n".join(lines(calm))
    assert "between 1k and 2k" in text and "the lowest and the highest of 6 searches" in text
    bad = CapacityFound(**fields, below=[{}], flat=[GOAL], spoilt=30)
    text = "\n".join(lines(bad))
    assert "FLAT: served >= 99.9% is missed as often" in text
    assert "30 trials spoilt by the host were measured again" in text
    stored = document(bad)
    assert stored["selected"] and stored["goals"][0]["flat"] and stored["goals"][0]["searches"] == 6
