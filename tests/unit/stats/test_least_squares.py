from __future__ import annotations

import math
from random import Random

import numpy as np
import pytest

from bench.stats.least_squares import LEVEL, fit, t_of


def test_coefficients_are_those_of_numpy() -> None:
    rng = Random(3)
    terms = [[1.0, rng.uniform(1, 9)] for _ in range(12)]
    values = [2 + 3 * x + rng.gauss(0, 0.1) for _, x in terms]
    found = fit(terms, values)
    expected, *_ = np.linalg.lstsq(np.array(terms), np.array(values), rcond=None)
    assert found is not None
    assert found.coefficients == pytest.approx(expected)
    assert found.freedom == 10


def test_relative_distances_are_those_of_values_over_themselves() -> None:
    terms, values = [[1.0], [1.0]], [1.0, 100.0]
    relative, absolute = fit(terms, values, relative=True), fit(terms, values)
    assert relative is not None and absolute is not None
    assert relative.coefficients[0] < 2 < absolute.coefficients[0] == pytest.approx(50.5)


def test_nothing_where_points_do_not_tell_coefficients_apart() -> None:
    assert fit([[1.0, 2.0]] * 5, [1.0] * 5) is None
    assert fit([[1.0], [2.0]], [1.0, 2.0]) is not None
    assert fit([[1.0, 0.0], [1.0, 1.0]], [1.0, 2.0]) is None, "no point is left to judge by"


def test_units_do_not_decide_the_rank() -> None:
    terms = [[1.0, 1e-9 * n] for n in range(1, 6)]
    assert fit(terms, [1.0, 2.0, 3.1, 4.0, 5.0]) is not None


def test_points_that_fit_by_chance_still_scatter() -> None:
    found = fit([[1.0], [1.0], [1.0]], [5.0, 5.0, 5.0], least_scatter=0.5)
    assert found is not None and found.predict([1.0]).low < 4.5


@pytest.mark.parametrize("relative", [False, True])
def test_intervals_hold_new_observations_as_often_as_promised(relative: bool) -> None:
    rng, held, rounds = Random(11), 0, 2_000
    for _ in range(rounds):
        terms = [[1.0, x] for x in (1.0, 2.0, 5.0, 9.0)]
        truth = [10 + 4 * x for _, x in terms]
        noise = [rng.gauss(0, 0.05) * (y if relative else 1) for y in truth]
        found = fit(terms, [y + e for y, e in zip(truth, noise, strict=True)], relative=relative)
        assert found is not None
        new = 10 + 4 * 7.0
        new += rng.gauss(0, 0.05) * (new if relative else 1)
        held += found.predict([1.0, 7.0]).holds(new)
    assert held / rounds == pytest.approx(LEVEL, abs=0.025)


@pytest.mark.parametrize(("freedom", "expected"), [(1, 6.314), (10, 1.812), (30, 1.697)])
def test_t_is_that_of_tables(freedom: int, expected: float) -> None:
    assert math.isclose(t_of(freedom), expected, rel_tol=2e-3)
