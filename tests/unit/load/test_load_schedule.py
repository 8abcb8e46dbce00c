"""Intended times against exact arithmetic and against what a Poisson process must be."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import UsageError
from bench.load.schedule import BLOCK, Schedule
from bench.spec import LoadShape
from bench.units import NS_PER_S


def taken(schedule: Schedule, count: int) -> list[int]:
    return [schedule.take() for _ in range(count)]


@given(st.integers(1, 10_000_000), st.integers(0, 2**62), st.integers(1, 3 * BLOCK))
def test_constant_is_exact_arithmetic(rate: int, start: int, count: int) -> None:
    schedule = Schedule(rate, LoadShape.CONSTANT, 0, start)
    expected = [start + int(Fraction(i * NS_PER_S, rate)) for i in range(1, count + 1)]
    assert taken(schedule, count) == expected


def test_a_whole_second_holds_exactly_the_rate() -> None:
    assert Schedule(7_001, LoadShape.CONSTANT, 0, 10**15).due(10**15 + NS_PER_S) == 7_001


def test_poisson_has_the_rate_and_the_spread_of_a_poisson_process() -> None:
    rate, count = 10_000, 100_000
    gaps = np.diff(taken(Schedule(rate, LoadShape.POISSON, 5, 0), count))
    mean = NS_PER_S / rate
    # 5 standard errors each: mean and standard deviation of exponential gaps are equal.
    assert abs(gaps.mean() - mean) < 5 * mean / count**0.5
    assert abs(gaps.std() - mean) < 5 * mean * (2 / count) ** 0.5
    assert abs((gaps > mean).mean() - np.exp(-1)) < 5 * 0.5 / count**0.5
    assert gaps.min() >= 0


def test_poisson_is_decided_by_its_seed() -> None:
    def first(seed: int) -> list[int]:
        return taken(Schedule(1000, LoadShape.POISSON, seed, 7), 2 * BLOCK + 3)

    assert first(1) == first(1)
    assert first(1) != first(2)


def test_poisson_does_not_depend_on_the_start() -> None:
    early = taken(Schedule(1000, LoadShape.POISSON, 3, 0), 100)
    late = taken(Schedule(1000, LoadShape.POISSON, 3, 10**15), 100)
    assert [time - 10**15 for time in late] == early


@pytest.mark.parametrize("shape", [LoadShape.CONSTANT, LoadShape.POISSON])
@given(st.lists(st.integers(0, 5 * NS_PER_S), max_size=20), st.integers(0, 3000))
def test_due_counts_what_take_would_hand_out(
    shape: LoadShape, instants: list[int], ahead: int
) -> None:
    schedule = Schedule(1000, shape, 11, 0)
    times = np.array(taken(Schedule(1000, shape, 11, 0), 8000))
    taken(schedule, ahead)
    for now in sorted(instants):
        assert schedule.due(now) == max(int((times <= now).sum()), ahead)


def test_peek_is_the_next_take() -> None:
    schedule = Schedule(100, LoadShape.POISSON, 1, 0)
    for _ in range(2 * BLOCK + 1):
        assert schedule.peek() == schedule.take()


@pytest.mark.parametrize(
    ("rate", "shape"), [(0, LoadShape.CONSTANT), (-1, LoadShape.POISSON), (10, LoadShape.CLOSED)]
)
def test_what_has_no_schedule_is_refused(rate: int, shape: LoadShape) -> None:
    with pytest.raises(UsageError):
        Schedule(rate, shape, 0, 0)
