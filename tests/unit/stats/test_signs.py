from __future__ import annotations

from math import comb

import numpy as np
import pytest

from bench.stats.signs import p_agree


@pytest.mark.parametrize(("rising", "falling"), [(5, 0), (6, 0), (3, 4), (54, 1), (10, 10)])
def test_it_is_twice_the_tail_of_fair_coins(rising: int, falling: int) -> None:
    n = rising + falling
    tail = sum(comb(n, k) for k in range(n + 1) if k >= max(rising, falling)) / 2**n
    assert p_agree(rising, falling) == pytest.approx(min(1.0, 2 * tail))
    assert p_agree(rising, falling) == p_agree(falling, rising)


def test_without_any_there_is_nothing_to_agree_on() -> None:
    assert p_agree(0, 0) == 1.0


def test_coins_agree_so_rarely_by_chance() -> None:
    rising = np.random.default_rng(1).binomial(12, 0.5, 2_000)
    found = [p_agree(int(up), 12 - int(up)) <= 0.05 for up in rising]
    assert np.mean(found) <= 0.05
