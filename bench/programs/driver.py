"""Activity of a trial beside its timers and its load: floods, outages, operations, scans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from bench.resources import Resource

Counts = Mapping[str, int]
"""Cumulative counts by the name of a measure."""


class Driver(AbstractContextManager["Driver"], Protocol):
    """One activity; a context manager around what it needs, used once."""

    def start(self) -> None:
        """Begin; called once, after the timers were armed.

        Raises:
            BenchError: It cannot.
        """

    def counts(self) -> Counts:
        """What happened since the start.

        Raises:
            BenchError: The activity failed meanwhile.
        """

    def stop(self) -> None:
        """Cease for good; does nothing if it has ceased already.

        Raises:
            BenchError: The activity failed meanwhile.
        """


class Drivers(Resource):
    """All drivers of a trial as one context manager."""

    def __init__(self, drivers: Iterable[Driver]) -> None:
        """Nothing is started yet."""
        self._drivers = tuple(drivers)

    def _open(self) -> None:
        for driver in self._drivers:
            self._held.enter_context(driver)

    def start(self) -> None:
        """Start all of them in their order."""
        for driver in self._drivers:
            driver.start()

    def counts(self) -> dict[str, int]:
        """The counts of all of them."""
        return {name: n for driver in self._drivers for name, n in driver.counts().items()}

    def stop(self) -> None:
        """Stop all of them, the last first."""
        for driver in reversed(self._drivers):
            driver.stop()
