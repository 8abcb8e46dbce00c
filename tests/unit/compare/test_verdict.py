"""Verdicts against the truth of simulated trials."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from bench.compare.measured import compare
from bench.compare.verdict import Settings, Verdict
from bench.record import Callbacks, Status, TrialRecord
from bench.spec import Control

Draw = Callable[..., list[TrialRecord]]


def verdicts(base: list[TrialRecord], new: list[TrialRecord]) -> list[Verdict]:
    return [item.verdict for item in compare(base, new, Settings())]


@pytest.mark.parametrize(
    ("middle_ns", "spread", "verdict"),
    [
        (15_000, 0.05, Verdict.WORSE),
        (6_000, 0.05, Verdict.BETTER),
        (10_200, 0.02, Verdict.SAME),
        (10_000, 0.8, Verdict.CANNOT_TELL),
    ],
)
def test_each_verdict_is_given_where_it_is_true(
    draw: Draw, middle_ns: float, spread: float, verdict: Verdict
) -> None:
    base = draw(seed=1, cells=20, spread=spread)
    new = draw(seed=2, cells=20, middle_ns=middle_ns, spread=spread)
    assert set(verdicts(base, new)) == {verdict}


def test_a_significant_change_below_the_threshold_is_no_regression(draw: Draw) -> None:
    base, new = draw(seed=1, spread=0.001), draw(seed=2, middle_ns=10_500, spread=0.001)
    (item,) = compare(base, new, Settings())
    assert item.interval is not None and item.interval.low > 0.04
    assert item.verdict is Verdict.SAME


def test_runs_of_the_same_thing_rarely_differ(draw: Draw) -> None:
    found = [
        verdict
        for seed in range(10)
        for verdict in verdicts(
            draw(seed=seed, cells=50, spread=0.5), draw(seed=100 + seed, cells=50, spread=0.5)
        )
    ]
    false = sum(verdict in (Verdict.BETTER, Verdict.WORSE) for verdict in found)
    assert len(found) == 500 and false <= 0.05 * len(found)


def test_of_real_regressions_most_are_found_and_few_others(draw: Draw) -> None:
    base = draw(seed=1, cells=200, spread=0.15)
    new = draw(seed=2, cells=180, spread=0.15)
    slow = draw(seed=3, cells=200, middle_ns=16_000, spread=0.15)
    new += [record for record in slow if record.cell.map_size > 180]
    found = compare(base, new, Settings())
    worse = [item.cell.map_size for item in found if item.verdict is Verdict.WORSE]
    assert sum(size > 180 for size in worse) >= 16
    assert sum(size <= 180 for size in worse) <= 2


def test_intervals_hold_the_true_change(draw: Draw) -> None:
    base = draw(seed=5, cells=300, spread=0.3)
    new = draw(seed=6, cells=300, middle_ns=12_000, spread=0.3)
    ends = [item.interval for item in compare(base, new, Settings())]
    assert np.mean([i is not None and i.low <= 0.2 <= i.high for i in ends]) >= 0.93


def test_few_trials_cannot_tell_whatever_they_show(draw: Draw) -> None:
    base, new = draw(seed=1, trials=2), draw(seed=2, trials=2, middle_ns=1e6)
    (item,) = compare(base, new, Settings())
    assert item.verdict is Verdict.CANNOT_TELL and item.interval is None
    assert item.why == "too few trials for an interval"


def test_only_ok_trials_count(draw: Draw) -> None:
    base = draw(seed=1)
    spoilt = [replace(record, status=Status.INVALID, reasons=["x"]) for record in draw(seed=2)]
    (item,) = compare(base, spoilt, Settings())
    assert (item.base_trials, item.new_trials) == (8, 0)
    assert item.verdict is Verdict.CANNOT_TELL and item.why == "no trial that counts in NEW"


def test_a_share_is_compared_in_points_and_more_served_is_better(draw: Draw) -> None:
    def serving(records: list[TrialRecord], share: float) -> list[TrialRecord]:
        return [
            replace(
                record,
                lateness=None,
                callbacks=Callbacks(
                    fired=1000 + n, offered_hz=1.0, fired_hz=1.0, served=share + n / 1e4
                ),
            )
            for n, record in enumerate(records)
        ]

    base, new = serving(draw(seed=1), 0.90), serving(draw(seed=2), 0.95)
    (item,) = compare(base, new, Settings())
    assert item.metric.title == "served" and item.verdict is Verdict.BETTER
    assert item.change == pytest.approx(0.05)


def test_a_value_of_zero_has_no_ratio(draw: Draw) -> None:
    base = draw(seed=1)
    assert base[0].lateness is not None
    new = [replace(record, lateness=replace(base[0].lateness, p50_ns=0)) for record in base]
    (item,) = compare(base, new, Settings())
    assert item.why == "a value of zero has no ratio"


def test_controls_are_not_compared(draw: Draw) -> None:
    records = draw(seed=1)
    beside = [replace(r, cell=replace(r.cell, control=Control.UNOBSERVED)) for r in records]
    assert len(compare([*records, *beside], [*records, *beside], Settings())) == 1
