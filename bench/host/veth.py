"""A veth pair between two network namespaces: where XDP programs and their load meet.

Addresses are of the ranges for benchmarks (RFC 2544) and for private use (RFC 4193); they
exist inside the two namespaces only, which nothing connects to any other network.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.errors import BenchError
from bench.host.cpus import find_cpus
from bench.host.netns import Namespace, inside, namespaces
from bench.process import CommandError

CLIENT, SERVER = "client", "server"
INTERFACE = "veth0"
IPV4 = {CLIENT: "198.18.0.1", SERVER: "198.18.0.2"}
IPV4_PREFIX = 15
IPV6 = {CLIENT: "fd00:198:18::1", SERVER: "fd00:198:18::2"}
IPV6_PREFIX = 64
TW_REUSE = Path("/proc/sys/net/ipv4/tcp_tw_reuse")


@dataclass(frozen=True, slots=True)
class End:
    """One end of the pair.

    Attributes:
        namespace: Where it is.
        interface: Its name there.
        ifindex: Its number there.
        mac: Hardware address, six bytes.
    """

    namespace: Namespace
    interface: str
    ifindex: int
    mac: bytes
    ipv4: str
    ipv6: str

    @property
    def hosts(self) -> tuple[str, str]:
        """Its addresses, IPv4 first."""
        return self.ipv4, self.ipv6


@dataclass(frozen=True, slots=True)
class VethPair:
    """Two namespaces connected with each other and with nothing else."""

    client: End
    server: End


@dataclass(frozen=True, slots=True)
class LinkCounts:
    """What an interface counted since it was made (``ip -s link``)."""

    rx_packets: int
    tx_dropped: int


@contextmanager
def veth_pair(queues: int | None = None) -> Iterator[VethPair]:
    """Two new namespaces and a veth pair between them, up and with addresses.

    Args:
        queues: Receive and transmit queues of each end; None = one for each CPU, as with
            a network card. XDP wants the same number on both ends.

    Raises:
        BenchError: Not root, no iproute2, or a kernel without veth.
    """
    with namespaces(CLIENT[0], SERVER[0]) as (client, server):
        _connect(client, server, queues or len(find_cpus().online))
        try:
            pair = VethPair(_set_up(client, CLIENT), _set_up(server, SERVER))
            _introduce(pair.client, pair.server)
            _introduce(pair.server, pair.client)
            _allow_reuse(client)
            yield pair
        finally:
            _disconnect(client)


def _connect(client: Namespace, server: Namespace, queues: int) -> None:
    number = ("numtxqueues", str(queues), "numrxqueues", str(queues))
    peer = ("peer", "name", INTERFACE, "netns", server.name, *number)
    client.ip("link", "add", "name", INTERFACE, *number, "type", "veth", *peer)


def _disconnect(client: Namespace) -> None:
    """Remove both ends at once; a namespace whose name is gone may live a little longer."""
    try:
        client.ip("link", "delete", INTERFACE)
    except CommandError:
        if client.path.exists() and _exists(client):
            raise


def _exists(namespace: Namespace) -> bool:
    links: list[dict[str, Any]] = json.loads(namespace.ip("-j", "link", "show"))
    return any(link.get("ifname") == INTERFACE for link in links)


def _set_up(namespace: Namespace, role: str) -> End:
    address = ("address", "add", "dev", INTERFACE)
    namespace.ip(*address, f"{IPV4[role]}/{IPV4_PREFIX}")
    namespace.ip("-6", *address, f"{IPV6[role]}/{IPV6_PREFIX}", "nodad")
    namespace.ip("link", "set", INTERFACE, "up")
    link = _link(namespace, INTERFACE)
    mac = bytes.fromhex(str(link["address"]).replace(":", ""))
    return End(namespace, INTERFACE, int(link["ifindex"]), mac, IPV4[role], IPV6[role])


def _introduce(end: End, other: End) -> None:
    """Make an end's address known, so that no packet waits for its being asked for."""
    for host in other.hosts:
        mac = other.mac.hex(":")
        neighbour = ("neighbour", "replace", host, "lladdr", mac, "dev", end.interface)
        end.namespace.ip(*neighbour, "nud", "permanent")


def _allow_reuse(client: Namespace) -> None:
    """Let ports in TIME_WAIT be used again after a second, as on loopback."""
    with inside(client):  # /proc/sys/net shows the namespace of the thread that looks
        TW_REUSE.write_text("1")


def _link(namespace: Namespace, interface: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = json.loads(
        namespace.ip("-j", "-s", "-d", "link", "show", "dev", interface)
    )
    if not found:
        raise BenchError(f"no interface {interface} in namespace {namespace.name}")
    return found[0]


def link_counts(end: End) -> LinkCounts:
    """The kernel's counts of an interface.

    Frames that XDP redirects out of an end and that its peer's full ring refuses are
    ``tx_dropped`` of this end.
    """
    statistics = _link(end.namespace, end.interface)["stats64"]
    received, sent = statistics["rx"], statistics["tx"]
    return LinkCounts(
        rx_packets=int(received["packets"]),
        tx_dropped=int(sent["dropped"]),
    )
