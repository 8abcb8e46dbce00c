from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.compare.result import compare_runs
from bench.compare.text import notes
from bench.compare.verdict import Settings
from bench.record import RunHeader, TrialRecord
from bench.store.run import Run
from tests.unit.compare.conftest import lateness_only

BASE = (1.0, 2.0, 3.0, 100.0, 101.0)
NEW = (0.1, 0.2, 4.0, 5.0, 6.0)
"""Its median is higher, but most pairs say that it is lower."""


@pytest.fixture
def runs(header: RunHeader, make_record: Callable[..., TrialRecord]) -> list[Run]:
    def run(values: tuple[float, ...], name: str) -> Run:
        records = [
            lateness_only(make_record(trial, block=trial, p50_ns=round(10_000 * value)))
            for trial, value in enumerate(values, 1)
        ]
        return Run(header=replace(header, run_id=name), records=records, name=name)

    return [run(BASE, "base"), run(NEW, "new")]


def test_a_change_against_the_medians_is_explained(runs: list[Run]) -> None:
    result = compare_runs(*runs, Settings())
    [item] = [each for each in result.comparisons if each.primary]
    assert item.base is not None and item.new is not None and item.change is not None
    assert item.new > item.base and item.change < 0
    text = "\n".join(notes(result))
    assert "in 1 primary row the change points another way than the two medians" in text
    assert "Hodges-Lehmann" in text and "p50 lateness of resident" in text


def test_nothing_is_said_where_both_point_the_same_way(runs: list[Run]) -> None:
    base, new = runs
    text = "\n".join(notes(compare_runs(new, new, Settings())))
    assert "another way" not in text
    assert base.name == "base"
