"""How long a run still takes, from what its trials were expected to take and took."""

from __future__ import annotations

import time
from collections.abc import Mapping


class TimeLeft:
    """A clock that counts down, and is corrected by each trial that ends.

    Args:
        expected: Seconds that each trial will take, by trial number.
    """

    def __init__(self, expected: Mapping[int, float]) -> None:
        """All trials are still to come."""
        self._coming = dict(expected)
        self._done_s = 0.0
        self._began = self._trial_began = time.monotonic()
        self._current = 0.0

    def start(self) -> None:
        """The first trial begins now."""
        self._began = self._trial_began = time.monotonic()

    def trial_started(self, trial: int) -> None:
        """One of the trials runs from now on."""
        self._trial_began = time.monotonic()
        self._current = self._coming.pop(trial, 0.0)

    def trial_ended(self) -> None:
        """It is done, however it ended."""
        self._trial_began = time.monotonic()
        self._done_s += self._current
        self._current = 0.0

    def left_s(self) -> float:
        """Seconds until the last trial ends, at the pace of the trials that ended.

        A trial that takes longer than expected holds the clock until it ends.
        """
        now = time.monotonic()
        pace = (self._trial_began - self._began) / self._done_s if self._done_s else 1.0
        running = max(self._current * pace - (now - self._trial_began), 0.0)
        return running + sum(self._coming.values()) * pace
