"""One generator process as its parent sees it: start, ask, end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeVar

from bench.child import Child, CommandError
from bench.errors import BenchError, quoted
from bench.host.emulated import patience
from bench.identity import PACKAGE, source_hash
from bench.load.heartbeat import Heartbeat
from bench.load.lifeline import SILENCE_S
from bench.load.messages import Command, ErrorEvent, Event, Ready, decode_event, encode
from bench.load.remote import LoadHost
from bench.resources import Resource

START_S = 30.0
ANSWER_S = 10.0
END_S = 1.0
AnyEvent = TypeVar("AnyEvent", bound=Event)


def _command(role: str, cpus: Sequence[int], allow: Sequence[str], netns: Path | None) -> list[str]:
    # nsenter(1) becomes the generator by exec: the same pid, and still our child.
    command = [] if netns is None else ["nsenter", f"--net={netns}", "--"]
    command += [sys.executable, "-m", "bench.load.generator", role]
    command += ["--parent", str(os.getpid()), "--cpus", ",".join(map(str, cpus))]
    return command + [word for address in allow for word in ("--allow", address)]


class _Generator(Child):
    """Its errors name the host that it runs on; of that no more is known than what ssh says."""

    host: str | None = None

    @property
    def title(self) -> str:
        return f"load host {self.host}" if self.host else super().title

    def reason(self, code: int) -> str:
        if code == -signal.SIGALRM:
            return f"because it heard nothing for {SILENCE_S} s: was this process stopped?"
        return super().reason(code)

    def died(self, asked: str = "") -> CommandError:
        code = self.wait(END_S)
        if self.host is None or code is None:
            return super().died(asked)
        words = self.messages().strip().splitlines() or ["it said nothing"]
        return self.silent(f"ssh ended with code {code} at {quoted(asked)}: {words[-1]}")


class Peer(Resource):
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
        self._process = _Generator(
            on.command(role) if on else _command(role, cpus, allow, netns),
            what=f"the load {role}",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            grace_s=END_S,
        )
        self._process.host = on.name if on else None
        self._held.enter_context(self._process)
        self._held.enter_context(Heartbeat(lambda: self._process.write(b"\n")))

    @property
    def pid(self) -> int:
        """Process id; of ssh, if the generator runs on another host."""
        return self._process.pid

    def ready(self) -> Ready:
        """Wait until it accepts commands.

        Raises:
            BenchError: It refused, died or hangs, or is of other code than this process.
        """
        found = self.expect(Ready, "start", START_S * patience())
        mine = source_hash(PACKAGE) if self._process.host else found.code
        if found.code != mine:
            theirs = found.code or "unknown"
            raise BenchError(
                f"{self._process.title} has other code: its sources are {theirs}, here {mine}",
                remedy="Install the same there: playbooks/provision.yml does",
            )
        return found

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
        return self.expect(answer, command.cmd, ANSWER_S * patience() + extra_s)

    def send(self, command: Command) -> None:
        """Send a command; :meth:`expect` its answer later.

        Raises:
            BenchError: The process died.
        """
        self._process.send(encode(command), command.cmd)

    def expect(self, answer: type[AnyEvent], asked: str, timeout_s: float) -> AnyEvent:
        """Wait for the answer to a command.

        Raises:
            BenchError: It refused, died or hangs.
        """
        event = decode_event(self._process.line(asked, timeout_s))
        if isinstance(event, ErrorEvent):
            raise BenchError(event.message, remedy=event.remedy)
        if not isinstance(event, answer):
            raise BenchError(
                f"the load {self.role} answered {quoted(asked)} with {quoted(event.event)}"
            )
        return event
