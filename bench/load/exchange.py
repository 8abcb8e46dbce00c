"""One connection with a payload: the client sends it and waits for the same bytes back."""

from __future__ import annotations

import select
import socket
from enum import Enum, auto
from errno import ECONNRESET, EPROTO

CHUNK = 65_536


class Step(Enum):
    """What an exchange needs next."""

    READ = auto()
    READ_WRITE = auto()
    DONE = auto()


class Exchange:
    """Progress of one payload.

    Args:
        sock: An established non-blocking socket.
        payload: Bytes to send; shared by all exchanges.

    Attributes:
        expired: The hold time is over, so the connection closes when the echo is complete.
        done: The echo is complete.
        watched: The step for which the socket is registered, None if it is not.
    """

    __slots__ = ("_payload", "_received", "_sent", "done", "expired", "sock", "watched")

    def __init__(self, sock: socket.socket, payload: bytes) -> None:
        """Nothing sent yet."""
        self.sock = sock
        self.expired = False
        self.done = False
        self.watched: Step | None = None
        self._payload = payload
        self._sent = 0
        self._received = 0

    def step(self) -> Step:
        """Send and receive what is possible now.

        Raises:
            OSError: The connection broke (ECONNRESET also for an early end of stream), or
                the echo is not what was sent (EPROTO).
        """
        self._send()
        self._receive()
        if self._received == len(self._payload):
            self.done = True
            return Step.DONE
        return Step.READ if self._sent == len(self._payload) else Step.READ_WRITE

    def _send(self) -> None:
        while self._sent < len(self._payload):
            try:
                self._sent += self.sock.send(self._payload[self._sent : self._sent + CHUNK])
            except BlockingIOError:
                return

    def _receive(self) -> None:
        while self._received < len(self._payload):
            try:
                data = self.sock.recv(CHUNK)
            except BlockingIOError:
                return
            if not data:
                raise ConnectionResetError(ECONNRESET, "the server closed before the echo ended")
            end = self._received + len(data)
            if data != self._payload[self._received : end]:
                raise OSError(EPROTO, "the echo differs from what was sent")
            self._received = end


EVENTS = {
    Step.READ: select.EPOLLIN,
    Step.READ_WRITE: select.EPOLLIN | select.EPOLLOUT,
}
