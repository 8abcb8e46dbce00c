"""Threads that work beside the main one until they are stopped, and lose no error."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable

from bench.errors import BenchError
from bench.resources import Resource

END_S = 10.0
NEXT = "Run `bench doctor`; if it finds nothing, start a new run"


class DriverThreads(Resource):
    """Threads that work until they are asked to stop; used once.

    What one of them fails with is raised by the next :meth:`check`, :meth:`stop` or
    :meth:`close`, once. Signals are for the main thread, and blocked in these: they would end
    a system call early.

    Args:
        what: What they are, to begin an error with: ``the packet flood``.
        work: What each of them does; it returns soon after :attr:`stopping` is set.
        end_s: How long they may take to end.
    """

    def __init__(self, what: str, *work: Callable[[], None], end_s: float = END_S) -> None:
        """Nothing runs yet."""
        self.stopping = threading.Event()
        self._what, self._end_s = what, end_s
        self._errors: list[Exception] = []
        self._threads = [
            threading.Thread(target=self._run, args=(each,), name=what, daemon=True)
            for each in work
        ]
        self._held.callback(self._threads.clear)
        self._held.callback(self.stop)

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()

    @property
    def started(self) -> bool:
        """Whether they have begun."""
        return any(thread.ident is not None for thread in self._threads)

    def check(self) -> None:
        """Raise what a thread failed with, unless it was raised before.

        Raises:
            BenchError: One failed.
        """
        if self._errors:
            error, *_ = self._errors
            self._errors.clear()
            raise _reported(error, self._what)

    def wait(self) -> None:
        """Until the work of all is done; an interrupt leaves it to :meth:`close` to stop them.

        Raises:
            BenchError: One failed.
        """
        for thread in self._threads:
            thread.join()
        self.check()

    def stop(self) -> None:
        """Work no more.

        Raises:
            BenchError: A thread failed, or does not end.
        """
        self.stopping.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(self._end_s)
        self.check()
        if any(thread.is_alive() for thread in self._threads):
            raise BenchError(f"{self._what} did not end within {self._end_s:g} s")

    def _run(self, work: Callable[[], None]) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            work()
        except Exception as error:
            self._errors.append(error)


def _reported(error: Exception, what: str) -> Exception:
    """An expected error says whose it is; any other is a bug and stays what it is."""
    if isinstance(error, BenchError):
        problem = f"{what} failed: {error.problem}"
        reported = BenchError(problem, remedy=error.remedy, detail=error.detail)
    elif isinstance(error, OSError):
        reported = BenchError(f"{what} failed: {error.strerror or error}", remedy=NEXT)
    else:
        error.add_note(f"It happened in a thread: {what}")
        return error
    reported.__cause__ = error
    return reported
