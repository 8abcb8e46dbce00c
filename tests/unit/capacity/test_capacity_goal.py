from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.capacity.goal import parse_goal
from bench.errors import BenchError, UsageError
from bench.record import Status, TrialRecord


def test_a_goal_is_all_of_its_bounds(make_record: Callable[..., TrialRecord]) -> None:
    goal = parse_goal("p99.9 <= 1ms and served >= 99%")
    assert [(t.name, t.sign, t.bound) for t in goal.terms] == [
        ("p99.9", "<=", 1_000_000),
        ("served", ">=", 0.99),
    ]
    good = make_record(1, p50_ns=5_000)
    assert good.lateness is not None and good.lateness.p999_ns == 250_000
    assert goal.met(good)
    assert not goal.met(make_record(1, p50_ns=30_000)), "both bounds are broken"
    assert not parse_goal("p99.9 <= 249us").met(good)
    assert parse_goal("p99.9 <= 250us").met(good), "a bound may be reached"
    assert not goal.met(replace(good, status=Status.INVALID))


def test_packets_are_those_that_the_program_met(
    make_record: Callable[..., TrialRecord],
) -> None:
    goal = parse_goal("packets >= 99%")
    flood = {"packets": 990, "packets_offered": 1_000}
    assert goal.met(replace(make_record(1), measures=flood))
    assert not goal.met(replace(make_record(1), measures=flood | {"packets": 989}))
    with pytest.raises(BenchError, match="cannot measure packets"):
        goal.met(make_record(1))


def test_a_trial_that_cannot_tell_stops_the_search(make_record: Callable[..., TrialRecord]) -> None:
    record = make_record(1)
    assert record.lateness is not None
    few = replace(record, lateness=replace(record.lateness, p999_ns=None))
    with pytest.raises(BenchError, match=r"cannot measure p99\.9"):
        parse_goal("p99.9 <= 1ms").met(few)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("p98 <= 1ms", "unknown 'p98'"),
        ("p99 < 1ms", "is not a bound"),
        ("", "is not a bound"),
        ("p99 <= 1ms and", "is not a bound"),
        ("p99 <= 5%", "not a duration|no known unit"),
        ("served >= 1ms", "not a share"),
    ],
)
def test_what_is_no_goal_is_refused(text: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        parse_goal(text)


def test_the_lowest_rate_carries_the_percentiles() -> None:
    assert parse_goal("p99.9 <= 1ms and p50 <= 1us").lowest_hz(1.0) == 12_000
    assert parse_goal("served >= 99%").lowest_hz(0.5) == 48
