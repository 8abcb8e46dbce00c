"""One generator process as its parent sees it: start, ask, end. The only Popen of the load."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeVar

from bench.errors import BenchError
from bench.load.heartbeat import Heartbeat
from bench.load.lifeline import SILENCE_S
from bench.load.messages import Command, ErrorEvent, Event, Ready, decode_event, encode
from bench.load.remote import LoadHost

START_S = 30.0
ANSWER_S = 10.0
END_S = 1.0
TAIL_BYTES = 4000
AnyEvent = TypeVar("AnyEvent", bound=Event)


def _command(role: str, cpus: Sequence[int], allow: Sequence[str], netns: Path | None) -> list[str]:
    # nsenter(1) becomes the generator by exec: the same pid, and still our child.
    command = [] if netns is None else ["nsenter", f"--net={netns}", "--"]
    command += [sys.executable, "-m", "bench.load.generator", role]
    command += ["--parent", str(os.getpid()), "--cpus", ",".join(map(str, cpus))]
    return command + [word for address in allow for word in ("--allow", address)]


class Peer:
    """A running generator; :meth:`ask` and :meth:`send` raise if it died or hangs.

    Args:
        role: Which side of the load.
        cpus: CPUs it is pinned to.
        allow: Addresses beside loopback it may use.
        netns: File of the network namespace it runs in; None = this process's own.
        on: Another host that it runs on; it then chooses its CPUs and addresses itself.

    The process is killed when the *thread* that made this object ends (prctl(2)).
    """

    def __init__(
        self,
        role: Literal["server", "client"],
        *,
        cpus: Sequence[int],
        allow: Sequence[str],
        netns: Path | None = None,
        on: LoadHost | None = None,
    ) -> None:
        """Start the process without waiting for it; :meth:`expect` Ready next.

        Raises:
            BenchError: It cannot be started.
        """
        self.role = role
        self._host = on.name if on else None
        self._pending = b""
        self._stderr = tempfile.TemporaryFile()
        command = on.command(role) if on else _command(role, cpus, allow, netns)
        try:
            self._process = subprocess.Popen(
                command,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
                # Ctrl-C is for the runner; it then ends its generators in order.
                process_group=0,
            )
        except OSError as error:
            self._stderr.close()
            raise BenchError(f"cannot start the load {role}: {error.strerror}") from error
        self._writing = threading.Lock()
        self._heartbeat = Heartbeat(lambda: self._write(b"\n"))

    def _write(self, data: bytes) -> None:
        assert self._process.stdin is not None
        with self._writing:
            self._process.stdin.write(data)

    @property
    def pid(self) -> int:
        """Process id; of ssh, if the generator runs on another host."""
        return self._process.pid

    def ready(self) -> Ready:
        """Wait until it accepts commands.

        Raises:
            BenchError: It refused, died or hangs.
        """
        return self.expect(Ready, "start", START_S)

    def ask(self, command: Command, answer: type[AnyEvent], extra_s: float = 0.0) -> AnyEvent:
        """Send a command and wait for its answer.

        Args:
            command: What to do.
            answer: Kind of event that answers it.
            extra_s: Time the command itself may take.

        Raises:
            BenchError: It refused, died or hangs.
        """
        self.send(command)
        return self.expect(answer, command.cmd, ANSWER_S + extra_s)

    def send(self, command: Command) -> None:
        """Send a command; :meth:`expect` its answer later.

        Raises:
            BenchError: The process died.
        """
        try:
            self._write(encode(command))
        except OSError:
            raise self._died(command.cmd) from None

    def expect(self, answer: type[AnyEvent], asked: str, timeout_s: float) -> AnyEvent:
        """Wait for the answer to a command.

        Raises:
            BenchError: It refused, died or hangs.
        """
        event = decode_event(self._line(asked, timeout_s))
        if isinstance(event, ErrorEvent):
            raise BenchError(event.message, remedy=event.remedy)
        if not isinstance(event, answer):
            raise BenchError(f"the load {self.role} answered {asked!r} with {event.event!r}")
        return event

    def _line(self, asked: str, timeout_s: float) -> bytes:
        assert self._process.stdout is not None
        stdout = self._process.stdout.fileno()
        deadline = time.monotonic() + timeout_s
        while b"\n" not in self._pending:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([stdout], [], [], left)[0]:
                raise self._silent(f"nothing came within {timeout_s:g} s of {asked!r}")
            data = os.read(stdout, 65_536)
            if not data:
                raise self._died(asked)
            self._pending += data
        line, self._pending = self._pending.split(b"\n", 1)
        return line

    def _silent(self, what: str) -> BenchError:
        """It does not answer; on another host that is all that can be known."""
        if self._host:
            problem = f"load host {self._host} does not answer: {what}"
        else:
            problem = f"the load {self.role} (pid {self.pid}) does not answer: {what}"
        return BenchError(problem, detail=self._tail())

    def _died(self, asked: str) -> BenchError:
        try:
            code = self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            return self._silent(f"it closed its output at {asked!r} and lives on")
        if self._host:
            words = self._tail().strip().splitlines() or ["it said nothing"]
            return self._silent(f"ssh ended with code {code} at {asked!r}: {words[-1]}")
        why = f"exit code {code}"
        if code == -signal.SIGALRM:
            why = f"because it heard nothing for {SILENCE_S} s: was this process stopped?"
        problem = f"the load {self.role} (pid {self.pid}) died at {asked!r}, {why}"
        return BenchError(problem, detail=self._tail())

    def _tail(self) -> str:
        size = os.fstat(self._stderr.fileno()).st_size
        data = os.pread(self._stderr.fileno(), TAIL_BYTES, max(size - TAIL_BYTES, 0))
        return data.decode("utf-8", "replace")

    def end(self) -> None:
        """Close its input, wait a moment, then kill it; harmless when it is gone already."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._heartbeat.stop()
        self._process.stdin.close()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._stderr.close()
