"""CPU time of a process that serves timeouts in user space."""

from __future__ import annotations

from bench.host.ksoftirqd import thread_time
from bench.resources import Resource


class ProcessTime(Resource):
    """An activity that only reports how long a single-threaded process has run.

    Args:
        pid: The process.
        name: Of its count, ns.
    """

    def __init__(self, pid: int, name: str) -> None:
        """Nothing is read yet."""
        self._pid, self._name = pid, name

    def start(self) -> None:
        """Nothing to start."""

    def counts(self) -> dict[str, int]:
        """Time on a CPU since the process began, from ``/proc/PID/schedstat``."""
        return {self._name: thread_time([self._pid]).cpu_ns}

    def stop(self) -> None:
        """Nothing to stop."""
