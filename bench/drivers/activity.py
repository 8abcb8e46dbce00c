"""Activity of a trial beside its timers and its load: floods, outages, operations, scans."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Protocol

from bench.programs.base import Counts
from bench.resources import Resource


class Activity(AbstractContextManager["Activity"], Protocol):
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


class Activities(Resource):
    """All activities of a trial as one context manager."""

    def __init__(self, activities: Iterable[Activity]) -> None:
        """Nothing is started yet."""
        self._activities = tuple(activities)

    def _open(self) -> None:
        for activity in self._activities:
            self._held.enter_context(activity)

    def start(self) -> None:
        """Start all of them in their order."""
        for activity in self._activities:
            activity.start()

    def counts(self) -> dict[str, int]:
        """The counts of all of them."""
        return {name: n for activity in self._activities for name, n in activity.counts().items()}

    def stop(self) -> None:
        """Stop all of them, the last first."""
        for activity in reversed(self._activities):
            activity.stop()
