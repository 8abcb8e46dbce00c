"""scipy is the oracle; simulated samples with a known shift give the coverage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu, permutation_test

from bench.stats.ranks import p_beyond, p_equivalent, p_greater, shift, smallest_p


@pytest.mark.parametrize(("ours", "theirs"), [(3, 3), (4, 6), (8, 8), (20, 15)])
def test_p_values_are_those_of_mann_and_whitney(ours: int, theirs: int) -> None:
    rng = np.random.default_rng(ours)
    base, new = rng.normal(0, 1, ours), rng.normal(0.7, 1, theirs)
    exact = mannwhitneyu(new, base, alternative="greater", method="exact").pvalue
    assert p_greater(base, new) == pytest.approx(exact, rel=1e-9)
    both = mannwhitneyu(new, base, method="exact").pvalue
    assert shift(base, new).p == pytest.approx(both, rel=1e-9)


def test_p_values_with_ties_count_every_split() -> None:
    base, new = np.array([0.0, 0, 0, 1, 2]), np.array([0.0, 1, 1, 3])
    ranks = np.array([2.5, 2.5, 2.5, 6, 8, 2.5, 6, 6, 9])
    exact = permutation_test(
        (ranks[5:], ranks[:5]),
        lambda x, y, axis: np.sum(x, axis=axis),
        alternative="greater",
        permutation_type="independent",
        n_resamples=np.inf,
        vectorized=True,
    ).pvalue
    assert p_greater(base, new) == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize("trials", [4, 5, 8, 12])
def test_intervals_of_a_shift_hold_it_as_often_as_promised(trials: int) -> None:
    rng, held = np.random.default_rng(trials), 0
    for _ in range(3_000):
        base, new = rng.exponential(1, trials), 0.5 + rng.exponential(1, trials)
        found = shift(base, new).interval
        assert found is not None
        held += found.low <= 0.5 <= found.high
    # Few trials have few levels to choose from; the next one above 95 % is taken.
    assert 0.94 <= held / 3_000 <= 0.985


def test_three_trials_each_cannot_tell_at_95_percent() -> None:
    found = shift(np.arange(3.0), np.arange(3.0) + 100)
    assert found.interval is None and found.estimate == 100 and found.p == pytest.approx(0.1)


def test_equal_samples_have_no_difference_at_all() -> None:
    found = shift(np.ones(5), np.ones(5))
    assert (found.estimate, found.p) == (0.0, 1.0)


@pytest.mark.parametrize(("distance", "share"), [(1.0, 0.05), (-1.0, 0.05)])
def test_equivalence_is_rarely_found_at_its_margin(distance: float, share: float) -> None:
    rng = np.random.default_rng(3)
    pairs = ((rng.normal(0, 0.5, 8), rng.normal(distance, 0.5, 8)) for _ in range(2_000))
    found = np.mean([p_equivalent(base, new, 1.0) <= share for base, new in pairs])
    assert 0.03 <= found <= 0.06


def test_equivalence_is_found_where_it_is() -> None:
    rng = np.random.default_rng(4)
    assert p_equivalent(rng.normal(0, 0.1, 8), rng.normal(0, 0.1, 8), 1.0) < 0.001


@pytest.mark.parametrize(("base", "new"), [(4, 4), (5, 5), (5, 8)])
def test_the_smallest_p_is_that_of_samples_wholly_apart(base: int, new: int) -> None:
    low, high = np.arange(base, dtype=float), 100 + np.arange(new, dtype=float)
    assert smallest_p(base, new) == pytest.approx(p_beyond(low, high, 1.0))
