"""Real connections across a veth pair: their packets are on the wire, not on loopback."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from bench.host.netns import inside
from bench.host.veth import VethPair, link_counts, veth_pair
from bench.load.controller import Load, LoadPlan
from bench.spec import AddressFamily, LoadShape

PACKETS_TO_SERVER = 4
"""Of each connection at least: SYN, ACK, FIN, last ACK."""


def load_across(pair: VethPair) -> Load:
    return Load(
        count=2,
        hosts=pair.server.hosts,
        allow=pair.server.hosts,
        server_netns=pair.server.namespace.path,
        client_netns=pair.client.namespace.path,
    )


def namespace_of(pid: int) -> int:
    return int(os.readlink(f"/proc/{pid}/ns/net").removeprefix("net:[").rstrip("]"))


def opens(path: str = "/proc/thread-self/net/snmp") -> tuple[int, int]:
    names, values = (
        line.split()[1:] for line in Path(path).read_text().splitlines() if line.startswith("Tcp:")
    )
    tcp = dict(zip(names, map(int, values), strict=True))
    return tcp["ActiveOpens"], tcp["PassiveOpens"]


@pytest.mark.parametrize("ip", list(AddressFamily))
def test_connections_cross_the_veth(ip: AddressFamily) -> None:
    with veth_pair() as pair, load_across(pair) as load:
        server, client = load.pids
        assert namespace_of(server) == pair.server.namespace.path.stat().st_ino
        assert namespace_of(client) == pair.client.namespace.path.stat().st_ino
        load.start(LoadPlan(rate_hz=200, ip=ip))
        time.sleep(0.5)
        final = load.stop()
        assert final.connected == final.accepted == final.closed > 0 and not final.errors
        assert link_counts(pair.server).rx_packets >= PACKETS_TO_SERVER * final.connected
        with inside(pair.client.namespace):
            assert opens() == (final.connected, 0)
        with inside(pair.server.namespace):
            assert opens() == (0, final.connected)


def test_closed_loop_with_payload_across_the_veth() -> None:
    with veth_pair() as pair, load_across(pair) as load:
        plan = LoadPlan(rate_hz=None, shape=LoadShape.CLOSED, payload_bytes=3000)
        load.start(plan)
        time.sleep(0.3)
        final = load.stop()
    assert final.connected == final.accepted == final.closed > 0 and not final.broken


def test_processes_end_with_the_load() -> None:
    with veth_pair() as pair:
        with load_across(pair) as load:
            pids = load.pids
        assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
