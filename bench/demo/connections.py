"""The demo's own connections: loopback, IPv4 and IPv6 in turn, one after another."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from bench.errors import BenchError, explained

HOSTS = {4: "127.0.0.1", 6: "::1"}
_FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Servers:
    """Listening sockets by IP version; a version that this host lacks is in ``missing``."""

    sockets: dict[int, socket.socket]
    missing: dict[int, str]

    @property
    def ports(self) -> tuple[int, int]:
        """Ports over IPv4 and IPv6.

        For a missing version it is port 1, where nobody connects to in this demo: 0 would let
        the program meet every connection.
        """
        found = {version: one.getsockname()[1] for version, one in self.sockets.items()}
        return int(found.get(4, 1)), int(found.get(6, 1))

    def connect(self, number: int) -> None:
        """Make the connection of that number, from 0, and close both of its ends.

        Raises:
            BenchError: It did not come about.
        """
        versions = sorted(self.sockets)
        server = self.sockets[versions[number % len(versions)]]
        with explained("connect over loopback", remedy="ip link set lo up"):
            with socket.create_connection(server.getsockname()[:2], timeout=TIMEOUT_S):
                server.accept()[0].close()


@contextmanager
def servers() -> Iterator[Servers]:
    """Listen on loopback, over both IP versions if the host has them.

    Raises:
        BenchError: Neither works.
    """
    missing: dict[int, str] = {}
    opened: dict[int, socket.socket] = {}
    with ExitStack() as stack:
        for version, host in HOSTS.items():
            try:
                opened[version] = stack.enter_context(_listening(version, host))
            except OSError as error:
                missing[version] = error.strerror or str(error)
        if not opened:
            raise BenchError(f"cannot listen on loopback: {missing}", remedy="ip link set lo up")
        yield Servers(opened, missing)


def _listening(version: int, host: str) -> socket.socket:
    server = socket.socket(_FAMILY[version], socket.SOCK_STREAM)
    try:
        server.settimeout(TIMEOUT_S)
        server.bind((host, 0))
        server.listen()
    except OSError:
        server.close()
        raise
    return server
