"""The kernel's counts of traffic, against a connection that the test makes."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.host.traffic import Traffic, traffic

SNMP = """\
Ip: Forwarding DefaultTTL
Ip: 1 64
Tcp: RtoAlgorithm ActiveOpens PassiveOpens AttemptFails InSegs RetransSegs OutRsts
Tcp: 1 30 40 7 800 4 5
Udp: InDatagrams NoPorts InErrors OutDatagrams
Udp: 9 3 1 77
UdpLite: InDatagrams
UdpLite: 50
"""
NETSTAT = """\
TcpExt: SyncookiesSent DelayedACKs TCPTimeWaitOverflow
TcpExt: 1 20 6
IpExt: InNoRoutes
IpExt: 0
"""
DEV = """\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets
    lo: 1000 10 0 0 0 0 0 0 1000 10
  eth0:2000 200 0 0 0 0 0 3 10 1
"""


def test_counts_are_found_by_their_names(tree: Callable[[dict[str, str]], Path]) -> None:
    seen = traffic(tree({"snmp": SNMP, "netstat": NETSTAT, "dev": DEV}))
    assert (seen.opened, seen.accepted, seen.refused, seen.packets) == (30, 40, 5, 210)
    assert (seen.segments, seen.datagrams, seen.forgotten, seen.late) == (800, 13, 6, 24)


def test_datagrams_of_ipv6_are_counted_where_there_are_any(
    tree: Callable[[dict[str, str]], Path],
) -> None:
    six = "Ip6InReceives 5\nUdp6InDatagrams 100\nUdp6NoPorts 20\nUdp6InErrors 7\n"
    assert (
        traffic(tree({"snmp": SNMP, "netstat": NETSTAT, "dev": DEV, "snmp6": six})).datagrams == 140
    )


def test_a_difference_is_of_the_time_between() -> None:
    names = [field.name for field in fields(Traffic)]
    early = Traffic(**{name: at for at, name in enumerate(names)})
    late = Traffic(**{name: 11 * at for at, name in enumerate(names)})
    assert late.since(early) == Traffic(**{name: 10 * at for at, name in enumerate(names)})


def test_a_kernel_that_tells_nothing_is_named(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="counts of traffic"):
        traffic(tmp_path)


def test_a_connection_and_a_refusal_are_counted() -> None:
    before = traffic()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    seen = traffic().since(before)
    assert seen.opened >= 1 and seen.accepted >= 1 and seen.refused >= 1 and seen.packets >= 4
