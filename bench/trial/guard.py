"""Looks after others while a polite trial lasts: twice a second, from before the first timer is
armed until the window has closed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench.errors import BenchError, TrialFailedError
from bench.host.pressure import stalled_ns
from bench.host.run_queue import others_turns
from bench.host.stranger import Stranger
from bench.reason import Code, Reason
from bench.record import Politeness
from bench.resources import Resource
from bench.threads import DriverThreads
from bench.trial.politeness import IN_A_ROW, PERIOD_NS, Judge, Look, seen_between
from bench.units import NS_PER_S


def look(stranger: Stranger) -> Look:
    """Look now."""
    return Look(time.monotonic_ns(), stalled_ns(), others_turns(), stranger.connect_ns())


class EndedPolitelyError(TrialFailedError):
    """A trial was ended for others before it was measured."""

    def __init__(self, reason: Reason, seen: Politeness) -> None:
        """Keep what its record says."""
        super().__init__(
            f"ended for the sake of others before the window: {reason.text}",
            remedy="Measure fewer timers or connections, or another time",
        )
        self.reason, self.seen = reason, seen


class Guard(Resource):
    """Looks after others while a trial lasts, and ends its timers when they suffer.

    Args:
        end: Lets no timer be armed any more; called from a thread.
    """

    def __init__(self, end: Callable[[], None]) -> None:
        """Nothing is looked at yet."""
        self._end, self._judge = end, Judge()
        self._ended = threading.Event()
        self.reason: Reason | None = None

    def _open(self) -> None:
        self._stranger = self._held.enter_context(Stranger())
        self._last = look(self._stranger)
        thread = DriverThreads("the look after others", self._work)
        self._held.callback(thread.close)
        self._stopping = thread.stopping
        thread.start()

    @property
    def seen(self) -> Politeness:
        """The worst that others met so far."""
        return self._judge.seen

    def pause(self, seconds: float) -> None:
        """Sleep, unless others suffer.

        Raises:
            EndedPolitelyError: They do.
        """
        self._ended.wait(seconds)
        self.check()

    def check(self) -> None:
        """Refuse to go on with a trial that was ended.

        Raises:
            EndedPolitelyError: It was.
        """
        if self.reason is not None:
            raise EndedPolitelyError(self.reason, self.seen)

    def _work(self) -> None:
        while not self._stopping.wait(PERIOD_NS / NS_PER_S):
            now = look(self._stranger)
            text = self._judge.judge(seen_between(self._last, now))
            self._last = now
            if text is not None:
                self.reason = Reason(Code.WATCHDOG, text)
                self._end()
                self._ended.set()
                return


@contextmanager
def explaining(guard: Guard | None) -> Iterator[None]:
    """What fails after a trial was ended for others fails because of that.

    Raises:
        EndedPolitelyError: It was ended, and something failed then.
    """
    try:
        yield
    except BenchError as error:
        if guard is None or isinstance(error, EndedPolitelyError):
            raise
        try:
            guard.check()
        except EndedPolitelyError as ended:
            raise ended from error
        raise


def refuse_strained() -> None:
    """Begin nothing on a host where others suffer already.

    Raises:
        BenchError: They do.
    """
    judge = Judge()
    with Stranger() as stranger:
        last, passed = look(stranger), None
        for _ in range(IN_A_ROW):
            time.sleep(PERIOD_NS / NS_PER_S)
            now = look(stranger)
            passed = judge.judge(seen_between(last, now))
            last = now
    if passed:
        raise BenchError(
            f"--polite begins nothing on a host that is busy already: {passed}",
            remedy="Run it when the host is quieter",
        )
