"""The guest's clock against the plugin's count, and what is made of both."""

from __future__ import annotations

from typing import Any

import pytest

from bench.errors import BenchError
from bench.instructions.boots import Boot, ClockCheck, _clock_check
from bench.instructions.running import _trusted
from bench.instructions.trace import read_trace


def check(told: list[int], counted: list[int]) -> ClockCheck:
    trace = read_trace("".join(f"clock 1 {number}\n" for number in counted) + "end\n")
    rows: dict[int, dict[str, Any]] = {1: {"clock_ns": told}}
    return _clock_check(trace, rows)


def boot(clock: ClockCheck) -> Boot:
    return Boot(seen={}, errnos={}, facts={}, clock=clock)


def test_a_reading_that_an_interrupt_cut_is_left_out_and_counted() -> None:
    assert check([500, 3155, 501], [500, 0, 500]) == ClockCheck(difference=1, compared=2, cut=1)


def test_what_was_not_timed_is_not_compared() -> None:
    assert check([], []) == ClockCheck(difference=0, compared=0, cut=0)


def test_other_numbers_of_calls_are_refused() -> None:
    with pytest.raises(BenchError, match="timed 2 calls of scenario 1, and the plugin saw 1"):
        check([500, 500], [500])


def test_a_clock_that_differs_is_refused() -> None:
    assert _trusted(boot(ClockCheck(2, 200, 3)), "a kernel")
    with pytest.raises(BenchError, match="differ around a call by 2,655 instructions"):
        _trusted(boot(ClockCheck(2655, 200, 0)), "a kernel")


def test_readings_that_are_cut_as_a_rule_prove_nothing() -> None:
    with pytest.raises(BenchError, match="in 120 calls, and in 80 none did"):
        _trusted(boot(ClockCheck(0, 80, 120)), "a kernel")
