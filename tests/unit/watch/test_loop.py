from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from typing import cast

import pytest

from bench.units import NS_PER_MS
from bench.watch.loop import intervals
from bench.watch.session import Seen, Watch


class Counting:
    """Something to watch that only counts how often it was looked at."""

    def __init__(self) -> None:
        self.looks = 0

    def seen(self) -> Seen:
        self.looks += 1
        return cast(Seen, self.looks)


def run(pause: Callable[[int], None], duration_ns: int | None) -> list[Seen]:
    watched = cast(Watch, Counting())
    return [*intervals(watched, 10 * NS_PER_MS, duration_ns, pause)]


def test_the_last_interval_ends_with_the_duration() -> None:
    ends: list[int] = []

    def pause(until_ns: int) -> None:
        ends.append(until_ns)
        time.sleep(max(0, until_ns - time.monotonic_ns()) / 1e9)

    assert len(run(pause, 25 * NS_PER_MS)) == 3
    assert [round((b - a) / NS_PER_MS) for a, b in pairwise(ends)] == [10, 5]


def test_an_interval_that_takes_long_leaves_others_out() -> None:
    found = run(lambda until_ns: time.sleep(0.021), 60 * NS_PER_MS)
    assert len(found) == 3


def interrupted(until_ns: int) -> None:
    raise KeyboardInterrupt


def test_ctrl_c_is_the_usual_end_where_no_duration_was_given() -> None:
    assert len(run(interrupted, None)) == 1


def test_ctrl_c_before_the_end_interrupts_after_what_was_seen() -> None:
    found = []
    with pytest.raises(KeyboardInterrupt):
        for seen in intervals(cast(Watch, Counting()), NS_PER_MS, NS_PER_MS * 9, interrupted):
            found.append(seen)
    assert len(found) == 1
