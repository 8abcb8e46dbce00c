"""Against scipy, which the tool itself does not need."""

from __future__ import annotations

import math

import pytest
from scipy import special, stats

from bench.stats.student import digamma, t_above, t_quantile, trigamma, trigamma_inverse


@pytest.mark.parametrize("freedom", [1, 2, 3.5, 6, 14, 100.0, 1e5])
@pytest.mark.parametrize("t", [-8.0, -1.0, 0.0, 0.3, 1.7, 5.0, 40.0])
def test_tails_are_those_of_scipy(t: float, freedom: float) -> None:
    assert t_above(t, freedom) == pytest.approx(stats.t.sf(t, freedom), rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("freedom", [1, 6, 14, 100, math.inf])
@pytest.mark.parametrize("level", [0.6, 0.95, 0.975, 0.999])
def test_quantiles_are_those_of_scipy(level: float, freedom: float) -> None:
    assert t_quantile(level, freedom) == pytest.approx(stats.t.ppf(level, freedom), rel=1e-9)


def test_without_bound_it_is_the_normal_distribution() -> None:
    assert t_above(1.5, math.inf) == pytest.approx(stats.norm.sf(1.5), rel=1e-12)


@pytest.mark.parametrize("x", [0.05, 0.5, 1.0, 3.0, 9.9, 250.0])
def test_derivatives_of_gamma_are_those_of_scipy(x: float) -> None:
    assert digamma(x) == pytest.approx(special.digamma(x), rel=1e-9)
    assert trigamma(x) == pytest.approx(special.polygamma(1, x), rel=1e-9)
    assert trigamma_inverse(trigamma(x)) == pytest.approx(x, rel=1e-6)
