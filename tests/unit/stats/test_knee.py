from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from bench.stats.knee import crossing, rising

shares = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@given(shares)
def test_fitted_values_rise_and_keep_the_mean(values: list[float]) -> None:
    fitted = rising(values, np.ones(len(values)))
    assert (np.diff(fitted) >= -1e-12).all()
    assert_allclose(fitted.mean(), np.mean(values), atol=1e-9)


@given(shares)
def test_rising_values_stay(values: list[float]) -> None:
    ordered = sorted(values)
    assert_allclose(rising(ordered, np.ones(len(ordered))), ordered)


def test_a_crossing_lies_between_its_rates_on_a_logarithmic_scale() -> None:
    assert crossing([1e3, 1e5], [0.0, 1.0]) == pytest.approx(1e4)
    assert crossing([1e5, 1e3, 1e4], [1.0, 0.0, 0.5]) == pytest.approx(1e4)


@pytest.mark.parametrize(
    ("rates", "values", "where"),
    [
        ([10.0], [0.9], None),
        ([5.0, 5.0], [0, 1], None),
        ([10.0, 20.0], [0.6, 0.9], 0.0),
        ([10.0, 20.0], [0.1, 0.4], np.inf),
        # Shares at one rate are averaged before it is asked on which side the level is.
        ([10.0, 10.0, 20.0], [0.4, 0.6, 0.9], 0.0),
    ],
)
def test_outside_of_the_rates_only_the_side_is_told(
    rates: list[float], values: list[float], where: float | None
) -> None:
    assert crossing(rates, values) == where


def test_a_known_knee_is_found_in_noise() -> None:
    """Shares that follow a logistic curve around a known rate, with noise."""
    truth, rng = 200_000.0, np.random.default_rng(1)
    rates = np.geomspace(10_000, 5_000_000, 9)
    curve = 1 / (1 + (truth / rates) ** 2)
    found = [
        crossing(rates, np.clip(curve + rng.normal(0, 0.05, len(rates)), 0, 1)) for _ in range(400)
    ]
    known = np.array(found, dtype=float)
    assert ((known > rates[0]) & (known < rates[-1])).all()
    # Interpolation between rates a factor of 2.2 apart bends the curve a little.
    assert np.median(known) == pytest.approx(truth, rel=0.1)
