"""Opening the server's ports: the same numbers on every host address."""

from __future__ import annotations

import socket
from errno import EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, errorcode

from bench.errors import BenchError, explained
from bench.load.addresses import candidate_ports, ephemeral_range
from bench.load.messages import Endpoint, Listen
from bench.words.plurals import counted

BACKLOG = 65_535
"""Asked for; the kernel takes the smaller of this and net.core.somaxconn."""


class PortInUseError(BenchError):
    """Another process listens on a wanted address and port."""


def endpoint(listener: socket.socket) -> Endpoint:
    """Address and port of a socket of either family."""
    name = listener.getsockname()
    return str(name[0]), int(name[1])


def open_ports(hosts: list[str], command: Listen) -> tuple[list[socket.socket], dict[str, str]]:
    """Listen on the same ports of every host; also the hosts this machine lacks, with errno.

    Raises:
        PortInUseError: A port asked for by number is taken.
        BenchError: Too few ports, or no host, could be listened on.
    """
    unavailable: dict[str, str] = {}
    opened: list[socket.socket] = []
    exact = bool(command.ports)
    wanted = len(command.ports) or command.count
    done = 0
    for port in command.ports or candidate_ports(ephemeral_range()):
        if done == wanted:
            break
        try:
            opened += _open_port(hosts, port, unavailable)
            done += 1
        except PortInUseError:
            if exact:
                _close_all(opened)
                raise
    if done < wanted or not opened:
        _close_all(opened)
        of = counted(wanted, "port")
        raise BenchError(f"only {done} of {of} could be opened on {', '.join(hosts)}")
    return opened, unavailable


def _close_all(sockets: list[socket.socket]) -> None:
    for each in sockets:
        each.close()


def _open_port(hosts: list[str], port: int, unavailable: dict[str, str]) -> list[socket.socket]:
    """Listen on one port of every host that exists, or on none of them."""
    opened: list[socket.socket] = []
    for host in hosts:
        if host in unavailable:
            continue
        try:
            opened.append(_listen_on(host, port))
        except OSError as error:
            if error.errno in (EADDRNOTAVAIL, EAFNOSUPPORT):
                unavailable[host] = errorcode[error.errno]
                continue
            _close_all(opened)
            if error.errno == EADDRINUSE:
                remedy = "End the program that listens there or choose other ports"
                problem = f"address {host} port {port} is in use"
                raise PortInUseError(problem, remedy=remedy) from error
            with explained(f"listen on {host} port {port}", remedy="Choose other ports"):
                raise
    return opened


def _listen_on(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        # TIME_WAIT leftovers of an earlier run must not block the port; accepted sockets
        # inherit TCP_NODELAY.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
