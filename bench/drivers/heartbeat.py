"""The runner's sign of life: without it the timers of a trial arm themselves no more.

The deadline that programs read before they arm anything lies at most half a second ahead, and a
thread of the runner moves it on. Whatever ends or stops the runner ends the timers then: a killed,
a stopped (SIGSTOP, Ctrl-Z, a debugger) and a starved runner alike. For callbacks it is the one
word that they read anyway.

A runner that goes on later does not revive what has ended: timers are missing since, so the trial
is lost, and says so.

Timers that ask for more than a host can serve starve the runner themselves, on some CPUs as hard
as a stopped one: then the host gets its CPUs back, and the trial says why.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from bench.errors import TrialFailedError
from bench.host.emulated import patience
from bench.resources import Resource
from bench.threads import DriverThreads
from bench.units import NS_PER_MS, NS_PER_S, exact_duration, format_count

SILENCE_NS = 500 * NS_PER_MS
"""Without a beat for so long, nothing is armed any more; longer where a CPU is emulated."""
BEATS = 10
"""In that time."""
END_S = 60.0
"""For its end: the thread waits for a CPU like any other."""
NEXT = (
    "Let nothing stop or starve the runner (Ctrl-Z, SIGSTOP, a debugger, real-time tasks), and "
    "measure the trial again"
)
OVERLOAD_HZ = 500_000
"""Callbacks/s from which a trial may itself starve its runner; a CPU serves some millions."""


class Heartbeat(Resource):
    """Moves a deadline on for as long as this process runs.

    Args:
        write: Stores the deadline, ns, where the subject reads it.
        clock: The clock that it is in.
    """

    def __init__(self, write: Callable[[int], None], clock: int) -> None:
        """Nothing beats yet."""
        self._write, self._clock = write, clock
        self._silence_ns = round(SILENCE_NS * patience())
        self._lock = threading.Lock()
        self._end_ns = self._seen_ns = self._granted_ns = 0
        self._beating = False
        self._silent_ns: int | None = None

    def start(self) -> None:
        """Begin to beat; until then the whole time up to the end is granted."""
        if self._beating:
            return
        thread = DriverThreads("the sign of life", self._work, end_s=END_S)
        self._held.callback(thread.close)
        self._stopping = thread.stopping
        with self._lock:
            self._beating = True
            self._seen_ns = time.clock_gettime_ns(self._clock)
            self._grant()
        thread.start()

    def until(self, end_ns: int) -> None:
        """Arm nothing after that moment, however long this process lives."""
        with self._lock:
            self._look()
            self._end_ns = end_ns
            self._grant()

    def check(self, offered_hz: float = 0.0) -> None:
        """Refuse a trial whose timers have ended themselves.

        Args:
            offered_hz: Callbacks/s that the trial asks for, which may be what starved us.

        Raises:
            TrialFailedError: This process was silent for too long.
        """
        with self._lock:
            self._look()
        if self._silent_ns is not None:
            silent, most = self._silent_ns / NS_PER_S, exact_duration(self._silence_ns)
            raise TrialFailedError(
                f"the runner did not run for {silent:.1f} s, and timers end themselves when it "
                f"gives no sign of life for {most}",
                remedy=_remedy(offered_hz),
            )

    def _work(self) -> None:
        period_s = self._silence_ns / BEATS / NS_PER_S
        while not self._stopping.wait(period_s):
            with self._lock:
                self._beat()

    def _beat(self) -> None:
        """Move the deadline on, and see to it that this was in time."""
        self._look()
        granted_ns = self._granted_ns
        self._grant()
        now = time.clock_gettime_ns(self._clock)
        if self._silent_ns is None and granted_ns <= now and granted_ns < self._granted_ns:
            self._silent_ns = now - granted_ns + self._silence_ns

    def _look(self) -> None:
        """Whether what was granted has run out since the last look."""
        if not self._beating or self._silent_ns is not None:
            return
        now = time.clock_gettime_ns(self._clock)
        if self._granted_ns <= now and self._granted_ns < self._end_ns:
            self._silent_ns = now - self._seen_ns
        self._seen_ns = now

    def _grant(self) -> None:
        if self._silent_ns is not None:
            return
        if self._beating:
            self._granted_ns = min(self._seen_ns + self._silence_ns, self._end_ns)
        else:
            self._granted_ns = self._end_ns
        self._write(self._granted_ns)


def _remedy(offered_hz: float) -> str:
    if offered_hz < OVERLOAD_HZ:
        return NEXT
    return (
        f"The trial asks for {format_count(offered_hz)} callbacks/s: timers that a host cannot "
        f"serve starve the runner, and fewer of them or a longer timeout do not. Else: {NEXT}"
    )
