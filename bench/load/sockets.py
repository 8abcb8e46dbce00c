"""Client sockets: the i-th connection's family, target and source, and its first step."""

from __future__ import annotations

import socket
from errno import EALREADY, EINPROGRESS

from bench.load.addresses import check_address, is_loopback_ipv4, loopback_sources
from bench.load.messages import Endpoint

IP_BIND_ADDRESS_NO_PORT = 24
"""ip(7): bind only the address and let connect() choose the port, by the whole 4-tuple."""
IN_PROGRESS = frozenset((EINPROGRESS, EALREADY))
_KIND = socket.SOCK_STREAM | socket.SOCK_NONBLOCK


class Dialler:
    """Makes connections over targets and sources in rotation.

    Args:
        targets: Addresses and ports of servers.
        sources: Number of IPv4 loopback addresses to connect from; 0 = the kernel's choice.
        allow: Targets beside loopback that may be spoken to.

    Raises:
        UsageError: A target is neither loopback nor allowed.
    """

    def __init__(
        self, targets: tuple[Endpoint, ...], sources: int, allow: tuple[str, ...] = ()
    ) -> None:
        """Check every target before the first packet."""
        checked = [(check_address(host, allow), port) for host, port in targets]
        self._targets = [
            (_family(host), (host, port), is_loopback_ipv4(host) and sources > 0)
            for host, port in checked
        ]
        self._sources = [(address, 0) for address in loopback_sources(sources)]
        self._made = 0

    def dial(self, nodelay: bool) -> tuple[socket.socket, int]:
        """Begin the next connection.

        Returns:
            The socket and 0 if it is established, EINPROGRESS or EALREADY if it is on its
            way, else the errno it failed with.

        Raises:
            OSError: No socket, or it could not be bound to its source.
        """
        index = self._made
        self._made = index + 1
        family, target, bound = self._targets[index % len(self._targets)]
        sock = socket.socket(family, _KIND)
        try:
            if bound:
                sock.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
                sock.bind(self._sources[index % len(self._sources)])
            if nodelay:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            sock.close()
            raise
        code = sock.connect_ex(target)
        if code == EINPROGRESS:
            # On loopback the handshake ran inside the first call, only its result is not
            # reported: the second call reports it, much cheaper than a round through epoll.
            code = sock.connect_ex(target)
        return sock, code


def outcome(sock: socket.socket) -> int:
    """What became of a connect on its way, as :meth:`Dialler.dial` reports it."""
    number: int = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if number:
        return number
    try:
        sock.getpeername()
    except OSError:
        return EALREADY
    return 0


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
