from __future__ import annotations

import numpy as np
import pytest

from bench.stats.change import SHORTEST, change_point


def test_a_change_of_level_is_found_where_it_is() -> None:
    rng = np.random.default_rng(1)
    for at in (10, 25, 40):
        series = rng.normal(0, 1, 50) + np.where(np.arange(50) < at, 0, 4)
        found = change_point(series)
        assert found is not None and abs(found.at - at) <= 2 and found.p < 0.01
        assert found.after - found.before == pytest.approx(4, abs=1.2)


def test_a_trend_is_found_too() -> None:
    found = change_point(np.arange(50) / 10 + np.random.default_rng(2).normal(0, 1, 50))
    assert found is not None and found.p < 0.01 and found.before < found.after


def test_steady_noise_rarely_seems_to_change() -> None:
    rng = np.random.default_rng(3)
    found = [change_point(rng.exponential(1, 50)) for _ in range(1_000)]
    assert np.mean([change is not None and change.p <= 0.01 for change in found]) <= 0.015


def test_one_spike_is_no_change() -> None:
    series = np.random.default_rng(4).normal(100, 1, 50)
    series[20] = 10_000
    found = change_point(series)
    assert found is not None and found.p > 0.01


def test_the_shortest_series_is_the_first_that_can_tell() -> None:
    for length, can_tell in ((SHORTEST - 2, False), (SHORTEST, True)):
        found = change_point([0.0] * (length // 2) + [1.0] * (length // 2))
        assert (found is not None and found.p < 0.01) is can_tell
    assert change_point([1.0] * 50) is None
