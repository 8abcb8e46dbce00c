"""One interval after another until time is up, or somebody ends it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from bench.units import NS_PER_S
from bench.watch.session import Seen, Watch


def sleep_until(when_ns: int) -> None:
    """Sleep until a time of CLOCK_MONOTONIC."""
    time.sleep(max(0, when_ns - time.monotonic_ns()) / NS_PER_S)


def intervals(
    watched: Watch,
    interval_ns: int,
    duration_ns: int | None = None,
    pause: Callable[[int], None] = sleep_until,
) -> Iterator[Seen]:
    """What is seen in each interval; Ctrl-C ends the last one early.

    Args:
        watched: With its hooks attached.
        interval_ns: Time between two answers; the grid is kept when one takes long.
        duration_ns: Time in all; None = until Ctrl-C.
        pause: What waits until a time of CLOCK_MONOTONIC.

    Raises:
        KeyboardInterrupt: It was ended before ``duration_ns``; what was seen comes first.
    """
    begun = time.monotonic_ns()
    end = None if duration_ns is None else begun + duration_ns
    number = 0
    while end is None or time.monotonic_ns() < end:
        number = max(number, (time.monotonic_ns() - begun) // interval_ns) + 1
        until = begun + number * interval_ns
        try:
            pause(until if end is None else min(until, end))
        except KeyboardInterrupt:
            yield watched.seen()
            if end is not None:
                raise
            return
        yield watched.seen()
