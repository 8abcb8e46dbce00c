"""A trend that every trial has is no chance, even if no trial alone shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bench.analysis.trends import FEWEST, trend_lines, trends
from bench.record import Status, TrialRecord
from bench.spec import Cell, Rearm

MakeRecord = Callable[..., TrialRecord]
MakeCell = Callable[..., Cell]


def trials(
    make_record: MakeRecord, cell: Cell, changes: list[float], series: str = "mean_ns"
) -> list[TrialRecord]:
    return [
        make_record(n, cell=cell, thirds={series: (1_000.0, 1_000.0 * (1 + change))})
        for n, change in enumerate(changes, 1)
    ]


def test_what_grows_in_54_of_55_trials_is_a_trend(
    make_record: MakeRecord, make_cell: MakeCell
) -> None:
    records = trials(make_record, make_cell(), [0.9] * 54 + [-0.1])
    (found,) = trends(records)
    assert found.found and (found.rising, found.falling) == (54, 1)
    assert trend_lines(records) == (
        "resident 1k x 100ms, load 0: mean lateness rises within the window in 54 of 55 trials, "
        "by 90% from its first third to its last",
    )


def test_what_falls_is_a_trend_too(make_record: MakeRecord, make_cell: MakeCell) -> None:
    (line,) = trend_lines(trials(make_record, make_cell(), [-0.3] * 8, "callbacks_hz"))
    assert "callbacks/s falls within the window in 8 of 8 trials, by 30%" in line


def test_small_changes_and_few_trials_are_none(
    make_record: MakeRecord, make_cell: MakeCell
) -> None:
    assert trend_lines(trials(make_record, make_cell(), [0.05] * 50)) == ()
    assert trends(trials(make_record, make_cell(), [0.9] * (FEWEST - 1))) == []


def test_points_of_one_cpu_count_for_shares(make_record: MakeRecord, make_cell: MakeCell) -> None:
    def shares(last: float) -> list[TrialRecord]:
        pair = {"ksoftirqd_share": (0.0, last)}
        return [make_record(n, cell=make_cell(), thirds=pair) for n in range(1, 9)]

    (line,) = trend_lines(shares(0.021))
    assert "ksoftirqd CPU rises within the window in 8 of 8 trials, by 2.1 points" in line
    assert trend_lines(shares(0.009)) == ()


def test_only_trials_that_count_are_asked(make_record: MakeRecord, make_cell: MakeCell) -> None:
    records = trials(make_record, make_cell(), [0.9] * 8)
    spoilt = [replace(record, status=Status.INVALID) for record in records]
    assert trends(spoilt) == []


def test_steady_runs_have_a_trend_in_5_percent_at_most(
    make_record: MakeRecord, make_cell: MakeCell
) -> None:
    rng = np.random.default_rng(4)
    runs = [
        [
            record
            for size in (1, 2, 3, 4)
            for record in trials(make_record, make_cell(map_size=size), list(rng.normal(0, 1, 8)))
        ]
        for _ in range(200)
    ]
    assert sum(any(trend.found for trend in trends(run)) for run in runs) <= 10


def test_cells_that_age_carry_their_age(make_record: MakeRecord, make_cell: MakeCell) -> None:
    cell = make_cell(rearm=Rearm.RELATIVE)
    records = [
        replace(record, age_ns=600_000_000, window_ns=2_000_000_000)
        for record in trials(make_record, cell, [0.9] * 8)
    ]
    trend, age = trend_lines(records)
    assert trend.endswith("from its first third to its last as it ages, by nature")
    assert "its timers were 600ms old when the window opened and 2.6s when it closed" in age
