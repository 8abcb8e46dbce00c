"""Variances that agree lend each other degrees of freedom; the margin is what is tested."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from bench.stats.moderated import Prior, pooled, prior_of, shifted

RNG = np.random.default_rng(8)
BASE, NEW = RNG.normal(0, 0.2, 5), RNG.normal(0.4, 0.2, 6)


def test_without_a_prior_and_margin_it_is_students_test() -> None:
    seen = shifted(BASE, NEW, Prior())
    expected = stats.ttest_ind(NEW, BASE)
    assert seen.p_beyond(0.0) == pytest.approx(expected.pvalue / 2, rel=1e-9)
    low, high = expected.confidence_interval(0.90)
    assert seen.end(0.95) == pytest.approx(high)
    assert 2 * seen.estimate - seen.end(0.95) == pytest.approx(low)


def test_a_margin_is_what_a_difference_has_to_exceed() -> None:
    seen = shifted(BASE, NEW, Prior())
    one_sided = stats.ttest_ind(NEW - 0.1, BASE, alternative="greater").pvalue
    assert seen.p_beyond(0.1) == pytest.approx(one_sided, rel=1e-9)
    assert seen.p_within(seen.estimate) == pytest.approx(0.5)
    assert seen.p_beyond(0.1) + seen.p_within(0.1) == pytest.approx(1)


def test_equal_variances_are_one_variance() -> None:
    """Of cells that all have it, so that only chance makes theirs differ."""
    seen = [pooled(RNG.normal(0, 0.2, 4), RNG.normal(0, 0.2, 4))[0] for _ in range(4_000)]
    found = prior_of(seen, 6)
    assert found.freedom > 100 and math.sqrt(found.variance) == pytest.approx(0.2, rel=0.03)


def test_the_prior_of_variances_that_differ_is_found() -> None:
    """Drawn from what is assumed: an inverse chi square of 10 degrees of freedom around 0.04."""
    true = 0.04 * 10 / RNG.chisquare(10, 6_000)
    seen = true * RNG.chisquare(6, 6_000) / 6
    found = prior_of(list(seen), 6)
    assert found.freedom == pytest.approx(10, rel=0.2)
    assert found.variance == pytest.approx(0.04, rel=0.05)


def test_few_variances_are_no_prior() -> None:
    assert prior_of([0.1, 0.2], 6) == prior_of([], 6) == Prior()
    assert prior_of([0.0, 0.0, 0.0, 0.1], 6) == Prior(), "a cell that does not scatter says nothing"


def test_what_does_not_scatter_at_all_is_certain() -> None:
    same, higher = np.zeros(4), np.full(4, 0.3)
    assert shifted(same, higher, Prior()).p_beyond(0.1) == 0.0
    assert shifted(same, higher, Prior()).p_within(0.1) == 1.0


@pytest.mark.parametrize("boots", [4, 8])
def test_false_findings_are_as_rare_as_they_say(boots: int) -> None:
    """At the margin itself, with priors fitted to the cells of each comparison."""
    false = 0
    for _ in range(300):
        cells = [(RNG.normal(0, 0.2, boots), RNG.normal(0.1, 0.2, boots)) for _ in range(8)]
        prior = prior_of([pooled(*cell)[0] for cell in cells], 2 * boots - 2)
        found = [shifted(*cell, prior) for cell in cells]
        false += sum(s.estimate > 0 and s.p_beyond(0.1) <= 0.05 for s in found)
    assert false / 2_400 <= 0.065
