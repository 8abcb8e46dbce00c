"""The client's connections, from attempt to close, and the counting of each outcome."""

from __future__ import annotations

import select
import socket
import time
from collections import deque
from errno import ETIMEDOUT
from random import Random

from bench.load.cohorts import Cohorts
from bench.load.exchange import EVENTS, Exchange, Step
from bench.load.messages import Counters, Start
from bench.load.role import count_errno
from bench.load.sockets import IN_PROGRESS, Dialler, outcome

Held = deque[tuple[int, socket.socket | Exchange]]


class Connections:
    """Every attempt ends as exactly one of ``connected`` or ``errors``.

    Args:
        plan: Hold time and payload of each connection.
        dialler: Where connections come from.
        epoll: Watches connections on their way; owned by the caller.
    """

    def __init__(self, plan: Start, dialler: Dialler, epoll: select.epoll) -> None:
        """No connection yet."""
        self.cohorts = Cohorts()
        self.attempted = self.connected = self.closed = 0
        self._errors: dict[str, int] = {}
        self._broken: dict[str, int] = {}
        self._hold_ns = plan.hold_ns
        self._payload = Random(plan.seed).randbytes(plan.payload_bytes)
        self._dialler = dialler
        self._epoll = epoll
        self._connecting: dict[int, tuple[socket.socket, int]] = {}
        self._exchanging: dict[int, Exchange] = {}
        self._held: Held = deque()

    @property
    def busy(self) -> int:
        """Connections being opened or exchanging."""
        return len(self._connecting) + len(self._exchanging)

    @property
    def open(self) -> int:
        """Established and not closed yet."""
        return self.connected - self.closed

    @property
    def next_close_ns(self) -> int | None:
        """When the first held connection is due to be closed."""
        return self._held[0][0] if self._held else None

    def attempt(self, intended_ns: int) -> None:
        """Connect once; the delay counts from ``intended_ns``."""
        self.attempted += 1
        self.cohorts.of(intended_ns).attempted += 1
        try:
            sock, code = self._dialler.dial(nodelay=len(self._payload) > 0)
        except OSError as error:
            count_errno(self._errors, error.errno or 0)
            return
        if code == 0:
            self._established(sock, intended_ns)
        elif code in IN_PROGRESS:
            self._connecting[sock.fileno()] = (sock, intended_ns)
            self._epoll.register(sock, select.EPOLLOUT)
        else:
            count_errno(self._errors, code)
            sock.close()

    def _established(self, sock: socket.socket, intended_ns: int) -> None:
        now = time.monotonic_ns()
        cohort = self.cohorts.of(intended_ns)
        cohort.delays.add(now - intended_ns)
        cohort.connected += 1
        self.connected += 1
        if self._payload:
            self._begin_exchange(sock, now)
        elif self._hold_ns:
            self._held.append((now + self._hold_ns, sock))
        else:
            self._close(sock)

    def _begin_exchange(self, sock: socket.socket, now: int) -> None:
        exchange = Exchange(sock, self._payload)
        exchange.expired = self._hold_ns == 0
        if self._hold_ns:
            self._held.append((now + self._hold_ns, exchange))
        self._exchanging[sock.fileno()] = exchange
        self._step(exchange)

    def _step(self, exchange: Exchange) -> None:
        try:
            step = exchange.step()
        except OSError as error:
            self._break(exchange, error.errno or 0)
            return
        if step is Step.DONE:
            self._finish(exchange)
        elif exchange.watched is None:
            self._epoll.register(exchange.sock, EVENTS[step])
        elif exchange.watched is not step:
            self._epoll.modify(exchange.sock, EVENTS[step])
        exchange.watched = step

    def _finish(self, exchange: Exchange) -> None:
        del self._exchanging[exchange.sock.fileno()]
        if exchange.expired:
            self._close(exchange.sock)
        elif exchange.watched is not None:
            self._epoll.unregister(exchange.sock)

    def _break(self, exchange: Exchange, number: int) -> None:
        count_errno(self._broken, number)
        del self._exchanging[exchange.sock.fileno()]
        exchange.done = exchange.expired = True
        self._close(exchange.sock)

    def _close(self, sock: socket.socket) -> None:
        sock.close()
        self.closed += 1

    def progress(self) -> None:
        """Take every connection on its way one step further, if it can."""
        if not self._connecting and not self._exchanging:
            return
        for fd, _ in self._epoll.poll(0):
            if fd in self._connecting:
                self._settle(fd)
            elif fd in self._exchanging:
                self._step(self._exchanging[fd])

    def _settle(self, fd: int) -> None:
        sock, intended_ns = self._connecting[fd]
        code = outcome(sock)
        if code in IN_PROGRESS:
            return
        del self._connecting[fd]
        self._epoll.unregister(fd)
        if code == 0:
            self._established(sock, intended_ns)
        else:
            count_errno(self._errors, code)
            sock.close()

    def close_due(self, now_ns: int) -> None:
        """Close held connections whose time has come; an unfinished echo ends first."""
        held = self._held
        while held and held[0][0] <= now_ns:
            self._release(held.popleft()[1])

    def release_all(self) -> None:
        """Close everything held, whatever its time; unfinished echoes still end first."""
        while self._held:
            self._release(self._held.popleft()[1])
        # A connection established from now on is not to be held either.
        self._hold_ns = 0

    def _release(self, held: socket.socket | Exchange) -> None:
        if isinstance(held, socket.socket):
            self._close(held)
        elif not held.done:
            held.expired = True
        elif not held.expired:
            self._close(held.sock)

    def give_up(self) -> None:
        """Count what is still on its way as ETIMEDOUT and close it."""
        for fd in list(self._connecting):
            self._settle(fd)
        for sock, _ in self._connecting.values():
            count_errno(self._errors, ETIMEDOUT)
            sock.close()
        self._connecting.clear()
        for exchange in list(self._exchanging.values()):
            self._break(exchange, ETIMEDOUT)

    def counters(self, t_ns: int, intended: int) -> Counters:
        """All counts at the instant ``t_ns``."""
        return Counters(
            t_ns=t_ns,
            intended=intended,
            attempted=self.attempted,
            connecting=len(self._connecting),
            connected=self.connected,
            open=self.open,
            closed=self.closed,
            errors=dict(self._errors),
            broken=dict(self._broken),
        )
