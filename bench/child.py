"""A process that we start, speak with and end: the only Popen of bench."""

from __future__ import annotations

import os
import select
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from bench.errors import BenchError, quoted
from bench.resources import Resource
from bench.signals import none_ignored

Stream = int | IO[bytes]
"""A file, or one of the numbers of :mod:`subprocess`."""
TAIL_BYTES = 64_000
"""Of a child's messages, kept for its errors."""
DEATH_S = 1.0
"""Until a process can be asked for its exit code after it closed its output."""
READ_BYTES = 65_536


class CommandError(BenchError):
    """A command could not be started, timed out, or ended non-zero."""


class Child(Resource):
    """A process that lives as long as its block; killed with its whole group on the way out.

    It has a session of its own, so that Ctrl-C is for us, who then end it in order, and
    begins with no signal ignored, whatever we were started by.

    Args:
        command: What to run.
        what: What errors call it; empty = its first word.
        stdin: By default there is nothing to read.
        stdout: By default it goes where ours goes.
        stderr: None = kept, and shown by errors.
        cwd: Folder to run in.
        env: Its whole environment; None = ours.
        pass_fds: Descriptors that it inherits.
        remedy: The next step if it cannot be started or dies.
        grace_s: Time to end by itself once its input has ended, before it is killed.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        what: str = "",
        stdin: Stream = subprocess.DEVNULL,
        stdout: Stream | None = None,
        stderr: Stream | None = None,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        pass_fds: Sequence[int] = (),
        remedy: str = "",
        grace_s: float = 0.0,
    ) -> None:
        """Start it, without waiting for anything.

        Raises:
            CommandError: It cannot be started.
        """
        words = [str(word) for word in command]
        self._line, self._what, self._remedy = shlex.join(words), what or words[0], remedy
        self._pending, self._grace_s = b"", grace_s
        self._writing, self._asking = threading.Lock(), threading.Lock()
        with self.acquiring() as held:
            # Memory, because a guest has no place for files.
            memory = os.memfd_create("messages", os.MFD_CLOEXEC)
            self._messages = held.enter_context(open(memory, "w+b", buffering=0))
            try:
                with none_ignored():
                    self._process = subprocess.Popen(
                        words,
                        bufsize=0,
                        stdin=stdin,
                        stdout=stdout,
                        stderr=self._messages if stderr is None else stderr,
                        cwd=cwd,
                        env=env,
                        pass_fds=pass_fds,
                        start_new_session=True,
                    )
            except OSError as error:
                problem = f"cannot start {self._what}: {error.strerror}"
                raise CommandError(problem, remedy=remedy, detail=f"$ {self._line}") from error
            held.callback(self._end)

    @property
    def pid(self) -> int:
        """Process id, which is its group's, too."""
        return self._process.pid

    @property
    def code(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        return self._process.poll()

    @property
    def output(self) -> IO[bytes]:
        """Its standard output, if that is a pipe."""
        assert self._process.stdout is not None
        return self._process.stdout

    def wait(self, timeout_s: float) -> int | None:
        """Its exit code, or None if it still runs after that time."""
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    def finished(self) -> int:
        """Wait for its end, however long that takes; its exit code."""
        return self._process.wait()

    def terminate(self) -> None:
        """Ask it to end (SIGTERM)."""
        self._process.terminate()

    def communicate(self, text: str, timeout_s: float) -> str:
        """Give it all its input and read all its output, to its end.

        Raises:
            CommandError: It is not done within the time, or its exit code is not 0.
        """
        try:
            out, _ = self._process.communicate(text.encode(), timeout_s)
        except subprocess.TimeoutExpired as error:
            problem = f"{self._line} did not end within {timeout_s:g} s"
            raise CommandError(problem, remedy=self._remedy) from error
        shown = bytes(out).decode("utf-8", "replace")
        if self.code:
            raise self.error(f"{self._what} ended with code {self.code}", shown)
        return shown

    def send(self, data: bytes, asked: str) -> None:
        """Write to its standard input.

        Args:
            data: What to write.
            asked: What that means, for the error.

        Raises:
            CommandError: It died.
        """
        try:
            self.write(data)
        except OSError:
            raise self.died(asked) from None

    def write(self, data: bytes) -> None:
        """Write to its standard input, also from another thread.

        Raises:
            OSError: It reads no more.
        """
        assert self._process.stdin is not None
        with self._writing:
            self._process.stdin.write(data)

    def close_input(self) -> None:
        """Let its standard input end."""
        assert self._process.stdin is not None
        with self._writing:
            self._process.stdin.close()

    def line(self, asked: str, timeout_s: float) -> bytes:
        """The next line of its standard output, without its end.

        Raises:
            CommandError: It died, or wrote none within the time.
        """
        end = time.monotonic() + timeout_s
        while b"\n" not in self._pending:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.output], [], [], left)[0]:
                raise self.silent(f"nothing came within {timeout_s:g} s of {quoted(asked)}")
            data = os.read(self.output.fileno(), READ_BYTES)
            if not data:
                raise self.died(asked)
            self._pending += data
        line, self._pending = self._pending.split(b"\n", 1)
        return line

    def asked(self, question: str, timeout_s: float) -> str:
        """The line with which it answers a line; of several threads, one asks after the other.

        Args:
            question: Without its end; its first word is what errors call it.
            timeout_s: For the answer.

        Raises:
            CommandError: As :meth:`send` and :meth:`line`.
        """
        verb = question.partition(" ")[0]
        with self._asking:
            self.send(f"{question}\n".encode(), verb)
            return self.line(verb, timeout_s).decode()

    def died(self, asked: str = "") -> CommandError:
        """The error that says so, with what it said last."""
        at = f" at {quoted(asked)}" if asked else ""
        code = self.wait(DEATH_S)
        if code is None:
            return self.silent(f"it closed its output{at} and lives on")
        return self.error(f"{self.title} died{at}, {self.reason(code)}")

    def silent(self, how: str) -> CommandError:
        """The error that says that it does not answer."""
        return self.error(f"{self.title} does not answer: {how}")

    @property
    def title(self) -> str:
        """What errors call it."""
        return f"{self._what} (pid {self.pid})"

    def reason(self, code: int) -> str:
        """Why it died, in the words of an error."""
        return f"exit code {code}"

    def error(self, problem: str, out: str = "") -> CommandError:
        """An error with command, output and messages as its detail."""
        out = out or self._pending.decode(errors="replace")
        detail = f"$ {self._line}\nstdout:\n{out}\nstderr:\n{self.messages()}"
        return CommandError(problem, remedy=self._remedy, detail=detail)

    def messages(self) -> str:
        """The end of what it wrote to its standard error."""
        size = os.fstat(self._messages.fileno()).st_size
        data = os.pread(self._messages.fileno(), TAIL_BYTES, max(size - TAIL_BYTES, 0))
        return data.decode("utf-8", "replace")

    def _end(self) -> None:
        process = self._process
        if process.stdin is not None:
            process.stdin.close()
        if self.code is None and self.wait(self._grace_s) is None:
            os.killpg(self.pid, signal.SIGKILL)
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
