from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from bench.histogram import HIGHEST_EQUIVALENT, Histogram
from bench.stats.bootstrap import Interval
from bench.stats.tail import tail_interval


def of_values(values: np.ndarray, q: float) -> Interval | None:
    return tail_interval(np.ones(len(values)), np.sort(values), q)


@pytest.mark.parametrize(("count", "q"), [(100, 0.5), (1_000, 0.9), (1_000, 0.99), (20_000, 0.999)])
def test_intervals_hold_the_true_percentile(count: int, q: float) -> None:
    rng, truth = np.random.default_rng(count), float(-np.log(1 - q))
    ends = [of_values(rng.exponential(1, count), q) for _ in range(1_000)]
    covered = np.mean([found is not None and found.low <= truth <= found.high for found in ends])
    # Ranks are whole, so the level is at least 95 %; few exceedances leave few choices.
    assert 0.94 <= covered <= 0.985


def test_ranks_are_those_of_the_binomial_distribution() -> None:
    n, q = 5_000, 0.99
    found = of_values(np.arange(n, dtype=float), q)
    assert found is not None
    fewest, most = binom.ppf(0.025, n, 1 - q), binom.ppf(0.975, n, 1 - q)
    assert n - 1 - found.low == most and n - found.high == pytest.approx(fewest, abs=1)


def test_a_histogram_gives_what_its_values_give_within_its_error() -> None:
    values = np.random.default_rng(1).integers(1_000, 10**7, 10_000)
    counted = tail_interval(Histogram.of(values).counts, HIGHEST_EQUIVALENT, 0.99)
    exact = of_values(values.astype(float), 0.99)
    assert counted is not None and exact is not None
    assert counted.low == pytest.approx(exact.low, rel=0.01)
    assert counted.high == pytest.approx(exact.high, rel=0.01)


def test_a_sample_that_may_end_before_the_percentile_has_no_interval() -> None:
    assert of_values(np.arange(100.0), 0.99) is None
    assert of_values(np.arange(1_000.0), 0.99) is not None
