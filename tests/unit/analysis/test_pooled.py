from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from bench.analysis.pooled import pooled_lateness
from bench.errors import BenchError
from bench.histogram import Histogram
from bench.record import TrialRecord
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
    sample = pooled_lateness(trials)
    pooled = sample.pooled
    assert (len(sample.trials), pooled.count) == (3, 1_800)
    assert pooled.max_ns == max(r.lateness.max_ns or 0 for r in trials if r.lateness)


def test_trials_of_two_cells_are_not(
    trials: list[TrialRecord], make_cell: Callable[..., Cell]
) -> None:
    other = replace(trials[0], cell=make_cell(map_size=7))
    with pytest.raises(ValueError, match="2 cells must not be merged"):
        pooled_lateness([*trials, other])


def test_a_broken_histogram_is_named(trials: list[TrialRecord]) -> None:
    assert trials[1].lateness is not None
    trials[1] = replace(trials[1], lateness=replace(trials[1].lateness, hdr="AAAA"))
    with pytest.raises(BenchError, match="the histogram of trial 2, lateness cannot be decoded"):
        pooled_lateness(trials)
