"""Waiting for what comes sooner or later, and saying what came instead."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

GENEROUS_S = 60.0
"""Only a test that fails waits so long: a busy host may be slow, but not that slow."""
POLL_S = 0.02
Seen = TypeVar("Seen")


def wait_until(
    awaited: str,
    look: Callable[[], Seen],
    good: Callable[[Seen], object] = bool,
    *,
    seconds: float = GENEROUS_S,
) -> Seen:
    """Look until it is good, and return what was seen then.

    Args:
        awaited: What is waited for, as the failure names it.
        look: Returns what there is now; the failure shows the last of it.
        good: Whether this is what was awaited.
        seconds: When to give up.
    """
    end = time.monotonic() + seconds
    while True:
        seen = look()
        if good(seen):
            return seen
        assert time.monotonic() < end, f"waited {seconds:g} s for {awaited}; seen last: {seen!r}"
        time.sleep(POLL_S)


def lines_until(text: str, read: Callable[[], str]) -> str:
    """All lines up to the first that contains the text; the failure shows those that came."""
    lines = ""
    while line := read():
        lines += line
        if text in line:
            return lines
    raise AssertionError(f"the output ended without {text!r}: {lines!r}")
