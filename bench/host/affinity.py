"""Running on one CPU for a moment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def running_on(cpu: int) -> Iterator[None]:
    """The calling thread runs on this CPU alone until the block ends.

    Raises:
        OSError: The CPU is offline or not allowed.
    """
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cpu})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
