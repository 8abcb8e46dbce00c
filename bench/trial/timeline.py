"""Where the time of a trial went, step by step."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.errors import explained

NEXT = "Run `bench doctor`; if it finds nothing, start a new run"


class Timeline:
    """Durations of named steps, ns; a step entered twice adds up."""

    def __init__(self) -> None:
        """Start empty."""
        self.steps_ns: dict[str, int] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time the block under this name; an error of the host in it says so.

        Raises:
            BenchError: The block failed with an OSError, or with this.
        """
        begin = time.monotonic_ns()
        try:
            with explained(f"finish step {name!r} of the trial", remedy=NEXT):
                yield
        finally:
            spent = time.monotonic_ns() - begin
            self.steps_ns[name] = self.steps_ns.get(name, 0) + spent
