from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from bench.stats.multiple import false_discovery


def test_adjusted_values_are_those_of_scipy() -> None:
    p = np.random.default_rng(0).random(200) ** 2
    assert false_discovery(p.tolist()) == pytest.approx(false_discovery_control(p).tolist())


def test_the_share_of_false_findings_is_kept() -> None:
    rng, shares = np.random.default_rng(1), []
    for _ in range(400):
        p = np.concatenate([rng.random(180), rng.random(20) * 1e-4])
        found = np.array(false_discovery(p.tolist())) <= 0.05
        shares.append(found[:180].sum() / max(found.sum(), 1))
        assert found[180:].all()
    assert np.mean(shares) <= 0.055


def test_nothing_to_adjust() -> None:
    assert false_discovery([]) == []
    assert false_discovery([0.3]) == [0.3]
