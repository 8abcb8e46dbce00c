"""A margin is what matters in practice, or twice what runs of the same thing differ by."""

from __future__ import annotations

import math

import pytest

from bench.compare.margins import BETWEEN_RUNS, STRICT, TIMES, margin, recorded, widened
from bench.compare.verdict import Settings
from bench.quantities.callbacks import P50, P99, SERVED
from bench.quantities.catalogue import COMPARED
from bench.quantities.cpu import KSOFTIRQD_TIME
from bench.quantities.primary import PRIMARY_LATENESS
from bench.quantities.quantity import Quantity, Scale
from tests.perf.aa_margins import pairs, spreads


def test_they_are_what_the_recorded_runs_give() -> None:
    assert dict(BETWEEN_RUNS) == spreads(pairs())


@pytest.mark.parametrize("metric", COMPARED, ids=lambda metric: metric.key)
def test_the_larger_of_both_counts(metric: Quantity) -> None:
    practical = math.log1p(0.1) if metric.scale is Scale.RATIO else 0.01
    twice = TIMES * BETWEEN_RUNS.get(metric.key, 0.0)
    expected = practical if metric.key in STRICT else max(practical, twice)
    assert margin(metric, 0.1, 0.01) == Settings().margin(metric) == expected
    assert margin(metric, 9.0, 0.9) >= 0.9, "a larger threshold is kept"


@pytest.mark.parametrize("metric", [P50, SERVED], ids=lambda metric: metric.key)
def test_of_p50_and_rates_it_is_at_most_10_percent(metric: Quantity) -> None:
    assert metric.change(Settings().margin(metric)) <= 0.1 + 1e-9


def test_all_cells_together_are_judged_as_p99_is() -> None:
    assert recorded(PRIMARY_LATENESS) == recorded(P99)


def test_what_is_wider_is_said() -> None:
    assert widened(9.0, 0.9) == []
    said = " ".join(widened(0.0, 0.0))
    assert P50.title not in said
    assert (KSOFTIRQD_TIME.title in said) == (KSOFTIRQD_TIME.key in BETWEEN_RUNS)
