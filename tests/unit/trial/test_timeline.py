from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from bench.errors import BenchError
from bench.trial.timeline import Timeline


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Readings of CLOCK_MONOTONIC: squares, so that every interval has another length."""
    readings = (n * n for n in range(1, 100))
    monkeypatch.setattr(time, "monotonic_ns", lambda: next(readings))
    return readings


def test_each_step_has_its_own_time(clock: Iterator[int]) -> None:
    timeline = Timeline()
    with timeline.step("arm"):
        pass
    with timeline.step("window"):
        pass
    assert timeline.steps_ns == {"arm": 4 - 1, "window": 16 - 9}


def test_a_step_entered_twice_adds_up(clock: Iterator[int]) -> None:
    timeline = Timeline()
    for _ in range(2):
        with timeline.step("drain"):
            pass
    assert timeline.steps_ns == {"drain": (4 - 1) + (16 - 9)}


def test_a_step_that_fails_is_timed(clock: Iterator[int]) -> None:
    timeline = Timeline()
    with pytest.raises(KeyError), timeline.step("census"):
        raise KeyError
    assert timeline.steps_ns == {"census": 3}


def test_an_error_of_the_host_names_the_step_and_what_to_do() -> None:
    with pytest.raises(BenchError) as caught, Timeline().step("arm"):
        raise OSError(22, "Invalid argument")
    assert caught.value.problem == "cannot finish step 'arm' of the trial: Invalid argument"
    assert "bench doctor" in caught.value.remedy
