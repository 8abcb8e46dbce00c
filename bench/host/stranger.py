"""A connection that somebody else on this host could make, and how long it takes."""

from __future__ import annotations

import socket
import time

from bench.errors import explained
from bench.resources import Resource
from bench.units import NS_PER_S

PATIENCE_NS = NS_PER_S
"""After that it is given up, and took so long at least: that is when the kernel asks again."""
HOST = "127.0.0.1"


class Stranger(Resource):
    """Listens on loopback, on a port that the kernel chooses, and connects to itself when asked."""

    def _open(self) -> None:
        with explained("listen on loopback", remedy="Bring it up: ip link set lo up"):
            self._listener = self._held.enter_context(socket.create_server((HOST, 0)))

    def connect_ns(self) -> int:
        """Time until one connection is there; at most :data:`PATIENCE_NS`, which is no answer."""
        began = time.monotonic_ns()
        try:
            with socket.create_connection(
                self._listener.getsockname(), timeout=PATIENCE_NS / NS_PER_S
            ):
                took = time.monotonic_ns() - began
                self._listener.accept()[0].close()
        except OSError:
            return PATIENCE_NS
        return min(took, PATIENCE_NS)
