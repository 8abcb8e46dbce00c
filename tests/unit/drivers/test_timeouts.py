from __future__ import annotations

import numpy as np

from bench.abi import EXPONENTIAL_STEPS
from bench.drivers.timeouts import MEAN, exponential_table


def table() -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    return np.frombuffer(exponential_table(), dtype="<u4")


def test_the_table_keeps_the_mean() -> None:
    assert len(table()) == EXPONENTIAL_STEPS
    assert abs(table().mean() / MEAN - 1) < 1e-3


def test_its_quantiles_are_those_of_drawn_values() -> None:
    drawn = np.random.default_rng(5).exponential(MEAN, 400_000)
    for q in (0.05, 0.25, 0.5, 0.9, 0.99):
        expected = np.quantile(drawn, q)
        assert abs(np.quantile(table(), q) - expected) < 0.03 * expected + 1
