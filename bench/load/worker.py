"""One ``bench.load.busy`` process as its parent sees it: start, begin, end."""

from __future__ import annotations

import os
import subprocess
import sys

from bench.child import Child
from bench.errors import BenchError, quoted
from bench.host.emulated import patience
from bench.load.busy import GO, READY
from bench.resources import Resource

START_S = 30.0


class Worker(Resource):
    """A running worker; killed with the thread that made it (prctl(2)).

    Args:
        cpu: CPU it is pinned to.
        duty_percent: Share of the time that it computes.
        seed: Of the lengths of its bursts.
    """

    def __init__(self, cpu: int, duty_percent: int, seed: int) -> None:
        """Start the process without waiting for it.

        Raises:
            BenchError: It cannot be started.
        """
        command = [sys.executable, "-m", "bench.load.busy", "--parent", str(os.getpid())]
        command += ["--cpu", str(cpu), "--duty-percent", str(duty_percent), "--seed", str(seed)]
        pipe = subprocess.PIPE
        self._process = Child(command, what="the busy process", stdin=pipe, stdout=pipe)
        self._held.enter_context(self._process)

    @property
    def pid(self) -> int:
        """Process id; it has one thread, so its thread id too."""
        return self._process.pid

    def ready(self) -> None:
        """Wait until it can begin.

        Raises:
            BenchError: It died or hangs.
        """
        said = self._process.line("start", START_S * patience())
        if said != READY.strip():
            raise BenchError(f"busy process {self.pid} began with {quoted(said)}")

    def begin(self) -> None:
        """Let it compute.

        Raises:
            BenchError: It died.
        """
        self._process.send(GO, "begin")

    def check(self) -> None:
        """Notice its death.

        Raises:
            BenchError: It died.
        """
        if self._process.code is not None:
            raise self._process.died()
