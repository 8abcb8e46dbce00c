from __future__ import annotations

import pytest
from scipy.stats import fisher_exact

from bench.stats.fisher import p_more


@pytest.mark.parametrize(
    "counts",
    [(0, 8, 4, 8), (1, 8, 7, 8), (3, 24, 3, 24), (5, 10, 0, 7), (0, 5, 0, 5), (8, 8, 8, 8)],
)
def test_it_is_fishers_exact_test(counts: tuple[int, int, int, int]) -> None:
    base, base_total, new, new_total = counts
    table = [[new, new_total - new], [base, base_total - base]]
    _, p = fisher_exact(table, alternative="greater")
    assert p_more(*counts) == pytest.approx(p)
