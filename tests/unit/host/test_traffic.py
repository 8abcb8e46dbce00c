"""The kernel's counts of traffic, against a connection that the test makes."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.host.traffic import Traffic, traffic

SNMP = """\
Ip: Forwarding DefaultTTL
Ip: 1 64
Tcp: RtoAlgorithm ActiveOpens PassiveOpens AttemptFails InSegs OutRsts
Tcp: 1 30 40 7 800 5
Udp: InDatagrams NoPorts InErrors OutDatagrams
Udp: 9 3 1 77
UdpLite: InDatagrams
UdpLite: 50
"""
DEV = """\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets
    lo: 1000 10 0 0 0 0 0 0 1000 10
  eth0:2000 200 0 0 0 0 0 3 10 1
"""


def test_counts_are_found_by_their_names(tree: Callable[[dict[str, str]], Path]) -> None:
    seen = traffic(tree({"snmp": SNMP, "dev": DEV}))
    assert (seen.opened, seen.accepted, seen.refused, seen.packets) == (30, 40, 5, 210)
    assert (seen.segments, seen.datagrams) == (800, 13)


def test_datagrams_of_ipv6_are_counted_where_there_are_any(
    tree: Callable[[dict[str, str]], Path],
) -> None:
    six = "Ip6InReceives 5\nUdp6InDatagrams 100\nUdp6NoPorts 20\nUdp6InErrors 7\n"
    assert traffic(tree({"snmp": SNMP, "dev": DEV, "snmp6": six})).datagrams == 140


def test_a_difference_is_of_the_time_between() -> None:
    early = Traffic(t_ns=5, opened=1, accepted=2, refused=3, packets=4, segments=5, datagrams=6)
    late = Traffic(
        t_ns=9, opened=11, accepted=22, refused=33, packets=44, segments=55, datagrams=66
    )
    assert late.since(early) == Traffic(
        t_ns=4, opened=10, accepted=20, refused=30, packets=40, segments=50, datagrams=60
    )


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
