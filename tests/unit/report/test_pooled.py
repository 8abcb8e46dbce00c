from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from bench.histogram import Histogram
from bench.record import TrialRecord
from bench.report.pooled import pooled_interval, pooled_lateness
from bench.spec import Cell

MakeRecord = Callable[..., TrialRecord]


@pytest.fixture
def trials(make_record: MakeRecord) -> list[TrialRecord]:
    rng = np.random.default_rng(1)
    return [
        replace(make_record(n), lateness=Histogram.of(rng.integers(100, 900, 600)).summary())
        for n in (1, 2, 3)
    ]


def test_trials_of_a_cell_are_merged(trials: list[TrialRecord]) -> None:
    pooled = pooled_lateness(trials)
    assert pooled.count == 1_800
    found = pooled_interval(pooled, 0.99)
    assert found is not None and found.low <= 892 <= found.high


def test_trials_of_two_cells_are_not(
    trials: list[TrialRecord], make_cell: Callable[..., Cell]
) -> None:
    other = replace(trials[0], cell=make_cell(map_size=7))
    with pytest.raises(ValueError, match="2 cells must not be merged"):
        pooled_lateness([*trials, other])


def test_a_percentile_that_the_sample_cannot_carry_has_no_interval(
    trials: list[TrialRecord],
) -> None:
    assert pooled_interval(pooled_lateness(trials), 0.999) is None
    assert pooled_interval(pooled_lateness([]), 0.5) is None
