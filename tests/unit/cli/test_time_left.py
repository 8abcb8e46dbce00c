from __future__ import annotations

import pytest

from bench.cli import time_left as module
from bench.cli.time_left import TimeLeft


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock: one reading that a test sets."""
    reading = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: reading[0])
    return reading


def test_it_counts_down_within_a_trial_and_never_below_the_trials_to_come(
    now: list[float],
) -> None:
    clock = TimeLeft({1: 10.0, 2: 30.0})
    assert clock.left_s() == 40.0
    clock.trial_started(1)
    now[0] += 4
    assert clock.left_s() == 36.0
    now[0] += 20
    assert clock.left_s() == 30.0


def test_trials_that_took_longer_than_expected_slow_the_clock(now: list[float]) -> None:
    clock = TimeLeft({1: 10.0, 2: 30.0, 3: 5.0})
    clock.start()
    clock.trial_started(1)
    now[0] += 20
    clock.trial_ended()
    assert clock.left_s() == 70.0  # Twice the 35 s of the two others.
    clock.trial_started(2)
    now[0] += 15
    assert clock.left_s() == 55.0
    now[0] += 45
    clock.trial_ended()
    clock.trial_started(3)
    now[0] += 10
    clock.trial_ended()
    assert clock.left_s() == 0.0


def test_set_up_before_the_first_trial_does_not_count(now: list[float]) -> None:
    clock = TimeLeft({1: 10.0, 2: 10.0})
    now[0] += 500
    clock.start()
    clock.trial_started(1)
    now[0] += 10
    clock.trial_ended()
    assert clock.left_s() == 10.0


def test_a_trial_that_nobody_expected_does_no_harm(now: list[float]) -> None:
    clock = TimeLeft({1: 10.0})
    clock.trial_started(7)
    clock.trial_ended()
    assert clock.left_s() == 10.0
