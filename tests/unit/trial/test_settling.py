"""Pilots with a known moment at which they settle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.trial.measurement import Sample
from bench.trial.sampling import PERIOD_NS
from bench.trial.settling import settled_ns

SAMPLES = 34
"""Of a pilot of 3.5 s."""


def pilot(rates: np.ndarray, seed: int = 1, spread: float = 0.005) -> list[Sample]:
    noise = np.random.default_rng(seed).normal(1, spread, len(rates))
    return [
        Sample((n + 1) * PERIOD_NS, float(rate), None, 0.1, 0.0, None)
        for n, rate in enumerate(rates * noise)
    ]


def rising(at: int) -> np.ndarray:
    return np.where(np.arange(SAMPLES) < at, 50_000.0, 100_000.0)


def test_what_is_level_has_settled_at_once() -> None:
    found = [settled_ns(pilot(rising(0), seed), 2) for seed in range(200)]
    assert found.count(0) >= 0.97 * len(found)


@pytest.mark.parametrize("at", [3, 5, 8, 12])
def test_it_has_settled_at_its_last_change(at: int) -> None:
    found = settled_ns(pilot(rising(at)), 2)
    assert found is not None and abs(found - at * PERIOD_NS) <= PERIOD_NS


def test_the_slowest_series_decides() -> None:
    samples = [
        replace(sample, mean_ns=90_000.0 if n < 10 else 20_000.0)
        for n, sample in enumerate(pilot(rising(5)))
    ]
    found = settled_ns(samples, 2)
    assert found is not None and abs(found - 10 * PERIOD_NS) <= PERIOD_NS


@pytest.mark.parametrize("at", [17, 24])
def test_what_changes_late_has_not_settled(at: int) -> None:
    assert settled_ns(pilot(rising(at)), 2) is None


def test_a_pilot_with_few_samples_says_nothing() -> None:
    assert settled_ns(pilot(rising(0))[:30], 2) is None
