from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from bench.stats.drift import blocks_drift
from tests.unit.stats.test_bootstrap import blocks_of

Floats = npt.NDArray[np.float64]


@pytest.mark.parametrize(("drift", "low", "high"), [(0.0, 0.02, 0.08), (1.0, 0.9, 1.0)])
def test_drift_of_blocks_is_found_and_rarely_imagined(
    drift: float, low: float, high: float
) -> None:
    rng = np.random.default_rng(6)
    found = [blocks_drift(*blocks_of(rng, drift)) for _ in range(400)]
    share = np.mean([p is not None and p <= 0.05 for p in found])
    assert low <= share <= high


def cells_in_blocks(rng: np.random.Generator, drift: float) -> tuple[Floats, list[int], list[int]]:
    """5 blocks of 12 cells, each relative to the median of its cell, as in a run."""
    spread = rng.uniform(0.05, 0.5, 12)
    trials = np.exp(rng.normal(0, 1, (5, 12)) * spread + rng.normal(0, drift, 5)[:, np.newaxis])
    relative = trials / np.median(trials, axis=0)
    return relative.ravel(), [n // 12 for n in range(60)], [n % 12 for n in range(60)]


@pytest.mark.parametrize(("drift", "low", "high"), [(0.0, 0.02, 0.08), (0.4, 0.9, 1.0)])
def test_drift_of_blocks_that_hold_each_cell_once(drift: float, low: float, high: float) -> None:
    rng, found = np.random.default_rng(8), []
    for _ in range(300):
        values, blocks, cells = cells_in_blocks(rng, drift)
        found.append(blocks_drift(values, blocks, strata=cells))
    assert low <= np.mean([p is not None and p <= 0.05 for p in found]) <= high


def test_equal_values_are_no_drift() -> None:
    assert blocks_drift([1.0] * 12, [1, 2] * 6) == 1.0
    assert blocks_drift([1.0] * 6 + [1.0] * 6, [1] * 6 + [2] * 6) == 1.0


def test_strata_of_one_trial_tell_nothing() -> None:
    assert blocks_drift([1, 2, 3], [1, 2, 3], strata=[1, 2, 3]) is None


def test_drift_needs_two_blocks_and_a_block_of_two() -> None:
    assert blocks_drift([1, 2, 3], [1, 1, 1]) is None
    assert blocks_drift([1, 2, 3], [1, 2, 3]) is None
