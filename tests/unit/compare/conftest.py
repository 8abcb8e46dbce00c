"""Trials drawn from a known distribution, so that every verdict has a truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bench.record import Cost, TrialRecord
from bench.spec import Cell

Draw = Callable[..., list[TrialRecord]]


@pytest.fixture
def draw(make_record: Callable[..., TrialRecord], make_cell: Callable[..., Cell]) -> Draw:
    """Records of ``cells`` cells; lateness has its median at ``middle_ns`` times its cell's number.

    Spread is that of the trials' logarithms.
    """

    def records(
        *,
        seed: int,
        cells: int = 1,
        trials: int = 8,
        middle_ns: float = 10_000,
        spread: float = 0.1,
    ) -> list[TrialRecord]:
        rng = np.random.default_rng(seed)
        found = []
        for size in range(1, cells + 1):
            for trial, p50 in enumerate(rng.lognormal(np.log(middle_ns * size), spread, trials), 1):
                record = make_record(trial, cell=make_cell(map_size=size), p50_ns=round(p50))
                found.append(lateness_only(record))
        return found

    return records


def lateness_only(record: TrialRecord, **more: Any) -> TrialRecord:
    """The record without what follows from the same number: one independent metric."""
    assert record.lateness is not None
    median = replace(record.lateness, p90_ns=None, p99_ns=None, p999_ns=None)
    bare = {"lateness": median, "callbacks": None, "ksoftirqd": None, "cost": Cost()}
    return replace(record, **(bare | more))
