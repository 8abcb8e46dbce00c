"""``python -m bench.load.generator server|client``: one side of the synthetic TCP load.

Commands come as JSON lines on standard input, events go as JSON lines to standard output
(``bench.load.messages``); an empty line only says that the runner lives. It ends with its
input, with its parent, or when it has heard nothing for a while (``bench.load.lifeline``).
"""

from __future__ import annotations

import argparse
import gc
import os
import select
import sys
from collections.abc import Iterator

from bench.errors import BenchError
from bench.identity import PACKAGE, source_hash
from bench.load.addresses import check_address
from bench.load.lifeline import (
    SILENCE_S,
    die_of_silence,
    die_with_parent,
    heard,
    pin,
    raise_descriptor_limit,
    sleep_exactly,
)
from bench.load.messages import ErrorEvent, Event, ProtocolError, Ready, decode_command, encode
from bench.load.role import Role

STDIN, STDOUT = 0, 1
STARTING_S = 60
"""Longest time that a start may take on a busy host; the runner gives up earlier."""
MAX_LINE = 1 << 20
"""A longer line, bytes, is refused: it is no command."""


class EndOfInputError(Exception):
    """Standard input ended: nobody steers this process any more."""


class Lines:
    """Complete lines out of what standard input delivers.

    Args:
        silence_s: This process ends when nothing comes for so long.
    """

    def __init__(self, silence_s: int) -> None:
        """Nothing read yet; the time begins when this process is ready."""
        self._partial = b""
        self._silence_s = silence_s

    def begin(self) -> None:
        """Wait for words from now on."""
        heard(self._silence_s)

    def read(self) -> Iterator[bytes]:
        """Lines completed by one read; call when standard input is readable.

        Raises:
            EndOfInputError: The other end was closed.
            ProtocolError: A line is longer than MAX_LINE.
        """
        data = os.read(STDIN, 65_536)
        if not data:
            raise EndOfInputError
        heard(self._silence_s)
        *lines, self._partial = (self._partial + data).split(b"\n")
        yield from (line for line in lines if line.strip())
        if len(self._partial) > MAX_LINE:
            self._partial = b""
            raise ProtocolError(f"a line is longer than {MAX_LINE} bytes")


def send(event: Event) -> None:
    """Write one event, whole."""
    data = encode(event)
    while data:
        data = data[os.write(STDOUT, data) :]


def _answer(role: Role, lines: Lines) -> None:
    try:
        for line in lines.read():
            _obey(role, line)
    except ProtocolError as error:
        send(ErrorEvent(message=error.problem))


def _obey(role: Role, line: bytes) -> None:
    try:
        event = role.handle(decode_command(line))
    except BenchError as error:
        event = ErrorEvent(message=error.problem, remedy=error.remedy)
    if event is not None:
        send(event)


def serve(role: Role, lines: Lines) -> None:
    """Work and obey until standard input ends.

    Raises:
        EndOfInputError: It ended.
        OSError: Standard output is gone.
    """
    watched = [STDIN, role.fileno()]
    lines.begin()
    while True:
        wait_s, event = role.work()
        if event is not None:
            send(event)
        ready, _, _ = select.select(watched, [], [], wait_s)
        if STDIN in ready:
            _answer(role, lines)


def _role(name: str, descriptors: int, allow: tuple[str, ...]) -> Role:
    # Each role imports only what it needs: the server starts without numpy.
    if name == "server":
        from bench.load.server import Server

        return Server(allow)
    from bench.load.client import Client

    return Client(descriptors, allow)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.load.generator", description=__doc__)
    parser.add_argument("role", choices=("server", "client"))
    parser.add_argument("--cpus", default="", help="run on these CPUs only, like 0,2")
    parser.add_argument("--parent", type=int, help="pid to die with, on the same host")
    parser.add_argument(
        "--silence", type=int, default=SILENCE_S, help="end after so many seconds without a word"
    )
    parser.add_argument(
        "--allow", action="append", default=[], metavar="ADDRESS", help="beside loopback"
    )
    return parser.parse_args()


def main() -> int:
    """Run one role; 0 when its input ended, 1 when it could not start."""
    arguments = _arguments()
    try:
        if arguments.parent:
            die_with_parent(arguments.parent)
        die_of_silence()
        lines = Lines(arguments.silence)
        heard(STARTING_S)
        sleep_exactly()
        cpus = pin(int(cpu) for cpu in arguments.cpus.split(",") if cpu)
        allow = tuple(check_address(text, [text]) for text in arguments.allow)
        descriptors = raise_descriptor_limit()
        role = _role(arguments.role, descriptors, allow)
    except (BenchError, OSError, ValueError) as error:
        send(ErrorEvent(message=f"the load {arguments.role} cannot start: {error}"))
        return 1
    # No pauses by the collector: connections form no cycles, and Start collects the rest.
    gc.freeze()
    gc.disable()
    code = source_hash(PACKAGE)
    ready = Ready(
        role=arguments.role, pid=os.getpid(), cpus=cpus, descriptors=descriptors, code=code
    )
    try:
        send(ready)
        serve(role, lines)
    except (EndOfInputError, BrokenPipeError):
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
