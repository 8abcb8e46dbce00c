from __future__ import annotations

import math
from functools import cache

import pytest

from bench.stats.sequential import evidence, grouped, lag_one, needed


@pytest.mark.parametrize("values", [0, 1, 7, 40])
def test_a_stake_keeps_its_worth_on_average(values: int) -> None:
    chances = [math.comb(values, n) / 2**values for n in range(values + 1)]
    assert sum(c * evidence(n, values) for n, c in enumerate(chances)) == pytest.approx(1)


def test_it_is_the_integral_over_all_chances_above_one_half() -> None:
    steps = 20_000
    chances = [0.5 + 0.5 * (step + 0.5) / steps for step in range(steps)]
    stakes = [2 * (2 * p) ** 7 * (2 - 2 * p) ** 3 for p in chances]
    assert evidence(7, 10) == pytest.approx(0.5 * sum(stakes) / steps, rel=1e-6)


def test_fair_coins_reach_forty_at_any_of_many_looks_in_one_run_of_forty_at_most() -> None:
    """Exactly: the chance of ever being there within 200 tosses, by counting."""

    @cache
    def ever(successes: int, values: int) -> float:
        if evidence(successes, values) >= 40:
            return 1.0
        if values == 200:
            return 0.0
        more = values + 1
        return 0.5 * (ever(successes + 1, more) + ever(successes, more))

    assert 0.005 < ever(0, 0) <= 1 / 40


@pytest.mark.parametrize(("values", "least", "found"), [(7, 40, None), (8, 40, 8), (40, 40, 30)])
def test_what_is_needed_grows_slower_than_what_is_seen(
    values: int, least: float, found: int | None
) -> None:
    assert needed(values, least) == found


def test_neighbours_that_resemble_each_other_are_seen() -> None:
    assert lag_one([1, 2, 3, 4, 5, 6, 7, 8]) > 0.5
    assert lag_one([1, 8, 2, 7, 3, 6, 4, 5]) < 0
    assert lag_one([1, 2, 3, math.nan, 4, 5, 1e9, math.inf]) > 0.4


@pytest.mark.parametrize("values", [[], [1.0], [2.0, 2.0, 2.0, 2.0], [math.nan] * 9])
def test_there_may_be_nothing_to_resemble(values: list[float]) -> None:
    assert lag_one(values) == 0


def test_groups_are_of_neighbours_and_whole() -> None:
    assert grouped([1, 3, 10, 20, 5], 2) == [2, 15]
    assert grouped([1, 3, 10], 1) == [1, 3, 10]
    unknown = grouped([math.nan, 1, -math.inf, math.inf], 2)
    assert all(math.isnan(value) for value in unknown)
