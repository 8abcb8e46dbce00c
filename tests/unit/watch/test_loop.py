from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import cast

import pytest

from bench.units import NS_PER_MS
from bench.watch import loop
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


class Clock:
    """A clock that only pauses move, so that a busy host changes nothing."""

    def __init__(self, late_ns: int = 0) -> None:
        self.now_ns, self.late_ns, self.ends = 7, late_ns, list[int]()

    def pause(self, until_ns: int) -> None:
        self.ends.append(until_ns)
        self.now_ns = until_ns + self.late_ns


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(loop.time, "monotonic_ns", lambda: made.now_ns)
    return made


def test_the_last_interval_ends_with_the_duration(clock: Clock) -> None:
    assert len(run(clock.pause, 25 * NS_PER_MS)) == 3
    assert [b - a for a, b in pairwise(clock.ends)] == [10 * NS_PER_MS, 5 * NS_PER_MS]


def test_an_interval_that_takes_long_leaves_others_out(clock: Clock) -> None:
    clock.late_ns = 11 * NS_PER_MS
    assert len(run(clock.pause, 60 * NS_PER_MS)) == 3


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
