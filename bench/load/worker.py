"""One ``bench.load.busy`` process as its parent sees it: start, begin, end."""

from __future__ import annotations

import os
import select
import subprocess
import sys

from bench.errors import BenchError
from bench.load.busy import GO, READY

START_S = 30.0


class Worker:
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
        try:
            self._process = subprocess.Popen(
                command,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # Ctrl-C is for the runner; it then ends its workers.
                process_group=0,
            )
        except OSError as error:
            raise BenchError(f"cannot start a busy process: {error.strerror}") from error

    @property
    def pid(self) -> int:
        """Process id; it has one thread, so its thread id too."""
        return self._process.pid

    def ready(self) -> None:
        """Wait until it can begin.

        Raises:
            BenchError: It died or hangs.
        """
        assert self._process.stdout is not None
        readable, _, _ = select.select([self._process.stdout], [], [], START_S)
        if not readable or self._process.stdout.read(len(READY)) != READY:
            raise BenchError(f"busy process {self.pid} did not start within {START_S:g} s")

    def begin(self) -> None:
        """Let it compute.

        Raises:
            BenchError: It died.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(GO)
        except OSError as error:
            raise BenchError(f"busy process {self.pid} died: {error.strerror}") from error

    def check(self) -> None:
        """Notice its death.

        Raises:
            BenchError: It died.
        """
        code = self._process.poll()
        if code is not None:
            raise BenchError(f"busy process {self.pid} ended with code {code}")

    def end(self) -> None:
        """Kill it and wait for its end."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
