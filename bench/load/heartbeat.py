"""The runner's words to a generator while it has nothing to say: a line feed every BEAT_S.

A generator that hears nothing ends (:data:`bench.load.lifeline.SILENCE_S`): a link may be cut
without a word to either side. The other way round, the runner misses the answers to its looks.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable

BEAT_S = 2.0
"""Several fit into the time after which a generator ends."""


class Heartbeat:
    """Calls a function every BEAT_S, in a thread of its own, until :meth:`stop`.

    Args:
        beat: What says a word; an OSError ends the beating, because nobody listens any more.
    """

    def __init__(self, beat: Callable[[], None]) -> None:
        """Begin."""
        self._beat = beat
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        # Signals are for the main thread, whose sleep they end.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while not self._ended.wait(BEAT_S):
            try:
                self._beat()
            except OSError:
                return

    def stop(self) -> None:
        """Cease; no call is made or under way afterwards."""
        self._ended.set()
        self._thread.join()
