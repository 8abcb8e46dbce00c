"""The runner's words to a generator while it has nothing to say: a line feed every BEAT_S.

A generator that hears nothing ends (:data:`bench.load.lifeline.SILENCE_S`): a link may be cut
without a word to either side. The other way round, the runner misses the answers to its looks.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from bench.resources import Resource
from bench.threads import DriverThreads

BEAT_S = 2.0
"""Several fit into the time after which a generator ends."""


class Heartbeat(Resource):
    """Calls a function every BEAT_S, in a thread of its own, until it is closed.

    Args:
        beat: What says a word; an OSError ends the beating, because nobody listens any more.
    """

    def __init__(self, beat: Callable[[], None]) -> None:
        """Begin."""
        self._beat = beat
        self._thread = DriverThreads("the heartbeat", self._run)
        self._held.enter_context(self._thread)
        self._thread.start()

    def _run(self) -> None:
        with suppress(OSError):
            while not self._thread.stopping.wait(BEAT_S):
                self._beat()
