"""The serving side: accepts in batches, echoes what comes, closes after the client did."""

from __future__ import annotations

import select
import socket
import time
from errno import ECONNABORTED, ETIMEDOUT

from bench.errors import BenchError, quoted
from bench.load.addresses import check_address
from bench.load.listening import endpoint, open_ports
from bench.load.messages import Command, Drain, Drained, Endpoint, Event, Listen, Listening
from bench.load.role import count_errno

BATCH = 64
CHUNK = 65_536


class Server:
    """Listening sockets and the connections accepted from them.

    Args:
        allow: Addresses beside loopback that may be listened on.
    """

    def __init__(self, allow: tuple[str, ...] = ()) -> None:
        """Listen nowhere yet."""
        self._allow = allow
        self._epoll = select.epoll()
        self._listeners: dict[int, socket.socket] = {}
        self._open: dict[int, socket.socket] = {}
        self._unsent: dict[int, bytes] = {}
        self._full: set[int] = set()
        self._drain: Drain | None = None
        self._deadline_ns = 0
        self._reset()

    def _reset(self) -> None:
        self._accepted = self._closed = self._aborted = self._echoed = 0
        self._errors: dict[str, int] = {}

    def fileno(self) -> int:
        """The epoll descriptor."""
        return self._epoll.fileno()

    def handle(self, command: Command) -> Event | None:
        """Obey Listen or Drain.

        Raises:
            BenchError: Another command, an address that is not allowed, a port in use.
        """
        if isinstance(command, Listen):
            return self._listen(command)
        if isinstance(command, Drain):
            self._drain = command
            self._deadline_ns = time.monotonic_ns() + command.timeout_ns
            return None
        raise BenchError(f"a server does not understand the command {quoted(command.cmd)}")

    def _listen(self, command: Listen) -> Listening:
        if self._listeners:
            raise BenchError("the server listens already")
        hosts = [check_address(host, self._allow) for host in command.hosts]
        sockets, unavailable = open_ports(hosts, command)
        for listener in sockets:
            self._listeners[listener.fileno()] = listener
            self._epoll.register(listener, select.EPOLLIN)
        endpoints: list[Endpoint] = [endpoint(listener) for listener in sockets]
        return Listening(endpoints=tuple(endpoints), unavailable=unavailable)

    def work(self) -> tuple[float | None, Event | None]:
        """Accept, echo and close what is ready."""
        for fd, _ in self._epoll.poll(0):
            listener = self._listeners.get(fd)
            if listener is not None:
                self._accept(listener)
            elif fd in self._open:
                self._exchange(self._open[fd])
        if self._drain is None:
            return None, None
        return self._finish_drain(self._drain)

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(BATCH):
            try:
                connection, _peer = listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                count_errno(self._errors, error.errno or 0)
                if error.errno == ECONNABORTED:
                    continue
                time.sleep(0.001)  # Out of descriptors: let some be closed instead of spinning.
                return
            self._accepted += 1
            self._exchange(connection)

    def _exchange(self, connection: socket.socket) -> None:
        """Take one step with a connection, known or just accepted."""
        fd = connection.fileno()
        try:
            data = self._unsent.pop(fd, b"") or connection.recv(CHUNK, socket.MSG_DONTWAIT)
            if data:
                self._echo(connection, data)
            else:
                self._close(connection)
        except BlockingIOError:
            self._watch(connection)
        except OSError as error:
            count_errno(self._errors, error.errno or 0)
            self._close(connection)

    def _close(self, connection: socket.socket) -> None:
        fd = connection.fileno()
        self._open.pop(fd, None)
        self._full.discard(fd)
        connection.close()
        self._closed += 1

    def _echo(self, connection: socket.socket, data: bytes) -> None:
        try:
            sent = connection.send(data, socket.MSG_DONTWAIT)
        except BlockingIOError:
            sent = 0
        self._echoed += sent
        if sent < len(data):
            self._unsent[connection.fileno()] = data[sent:]
        self._watch(connection)

    def _watch(self, connection: socket.socket) -> None:
        """Wait for what the connection needs next: room to send, or more to read."""
        fd = connection.fileno()
        full = fd in self._unsent
        wanted = select.EPOLLOUT if full else select.EPOLLIN
        if fd not in self._open:
            self._open[fd] = connection
            self._epoll.register(fd, wanted)
        elif full != (fd in self._full):
            self._epoll.modify(fd, wanted)
        if full:
            self._full.add(fd)
        else:
            self._full.discard(fd)

    def _finish_drain(self, drain: Drain) -> tuple[float | None, Event | None]:
        left_ns = self._deadline_ns - time.monotonic_ns()
        if (self._open or self._accepted < drain.expected) and left_ns > 0:
            return left_ns / 1e9, None
        for connection in self._open.values():
            count_errno(self._errors, ETIMEDOUT)
            connection.close()
        self._aborted = len(self._open)
        self._open.clear()
        self._unsent.clear()
        self._full.clear()
        answer = Drained(
            accepted=self._accepted,
            closed=self._closed,
            aborted=self._aborted,
            echoed_bytes=self._echoed,
            errors=self._errors,
        )
        self._drain = None
        self._reset()
        return None, answer
