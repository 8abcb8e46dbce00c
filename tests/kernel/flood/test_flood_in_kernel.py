"""The packet flood against the counts of its sink, of the interface and of a packet socket.

Nothing here depends on speed: counts are compared with each other.
"""

from __future__ import annotations

import socket
import time

import numpy as np
import pytest

from bench.errors import BenchError, KernelRefusedError
from bench.flood.flood import PORT, Flood, FloodPlan
from bench.flood.frame import ones_sum
from bench.flood.order import STEPS, ranges
from bench.host.cpus import find_cpus
from bench.host.netns import inside
from bench.host.veth import VethPair, link_counts, veth_pair
from bench.libbpf import compiler
from bench.libbpf.object import BpfObject
from bench.load.controller import Load, LoadPlan
from bench.programs.flooding import FlowOrder
from tests.kernel.flood.sink import SEEN, Sink, sink_at
from tests.waiting import wait_until

ETH_P_ALL = 3
TCP = 6
"""``IPPROTO_TCP``."""


def await_packets(sink: Sink, count: int) -> None:
    """Frames may still wait for the other end's next poll."""
    wait_until(f"{count} packets", lambda: sink.counts().packets, lambda seen: seen == count)


@pytest.mark.parametrize("ipv6", [False, True])
@pytest.mark.parametrize("rate", [None, 50_000, 700])
def test_every_packet_sent_arrives_or_is_counted_as_dropped(rate: int | None, ipv6: bool) -> None:
    plan = FloodPlan(rate_hz=rate, flows=1000, ipv6=ipv6)
    with veth_pair() as pair, sink_at(pair.server) as sink, Flood(pair, plan) as flood:
        flood.start()
        time.sleep(0.3)
        final = flood.stop()
        assert final.sent > 100 and final.skipped == 0
        await_packets(sink, final.sent - final.dropped)
        # The interface also counts the few packets that IPv6 itself sends, some of them
        # before the sink was there.
        beside = link_counts(pair.server).rx_packets - sink.counts().packets
        assert 0 <= beside - sink.counts().other <= 20
        assert final.offered >= final.sent
        if rate is not None:
            assert final.offered == rate * final.elapsed_ns // 10**9


def test_flows_are_sent_in_turn() -> None:
    plan = FloodPlan(rate_hz=None, flows=12_345)
    with (
        veth_pair() as pair,
        sink_at(pair.server, flows=20_000) as sink,
        Flood(pair, plan) as flood,
    ):
        flood.start()
        time.sleep(0.2)
        final = flood.stop()
        assert final.dropped == 0
        await_packets(sink, final.sent)
        seen = sink.seen()
    assert int(seen.sum()) == final.sent
    assert not seen[12_345:].any()
    assert seen[:12_345].max() - seen[:12_345].min() <= 1


@pytest.mark.parametrize("rate", [None, 30_001])
def test_all_cpus_send_their_part(rate: int | None) -> None:
    cpus = find_cpus().usable
    plan = FloodPlan(rate_hz=rate, flows=1_000, cpus=cpus)
    with (
        veth_pair() as pair,
        sink_at(pair.server, flows=1_000) as sink,
        Flood(pair, plan) as flood,
    ):
        assert flood.cpus == cpus
        flood.start()
        time.sleep(0.3)
        final = flood.stop()
        by_cpu = flood._slots["sent"].tolist()
        await_packets(sink, final.sent - final.dropped)
        seen = sink.seen()
    assert all(by_cpu[cpu] for cpu in cpus) and sum(by_cpu) == final.sent
    assert final.offered >= final.sent and seen.all()


@pytest.mark.parametrize("order", [FlowOrder.UNIFORM, FlowOrder.ZIPF])
def test_flows_are_drawn_as_often_as_the_order_says(order: FlowOrder) -> None:
    plan = FloodPlan(rate_hz=None, flows=500, order=order)
    with (
        veth_pair() as pair,
        sink_at(pair.server, flows=1_000) as sink,
        Flood(pair, plan) as flood,
    ):
        flood.start()
        time.sleep(0.2)
        final = flood.stop()
        assert final.dropped == 0
        await_packets(sink, final.sent)
        seen = sink.seen().astype(float)
    assert int(seen.sum()) == final.sent and not seen[500:].any()
    expected = np.zeros(500)
    for first, count in ranges(order, 500).tolist():
        expected[first : first + count] += final.sent / (count * STEPS)
    # Pearson's statistic has 499 degrees of freedom: 10 of its standard deviations above its mean.
    assert ((seen[:500] - expected) ** 2 / expected).sum() < 499 + 10 * np.sqrt(2 * 499)


def test_flows_beyond_the_bits_of_an_address() -> None:
    plan = FloodPlan(rate_hz=None, flows=2**24 + 500)
    with veth_pair() as pair, sink_at(pair.server, flows=plan.flows) as sink:
        with Flood(pair, plan) as flood:
            flood._slots["next"][flood.cpus[0]] = 2**24 - 500
            flood.start()
            time.sleep(0.05)
            final = flood.stop()
        assert final.sent > 1000
        await_packets(sink, final.sent)
        seen = sink.seen()
        assert seen[-1000:].all() and not seen[-2000:-1000].any()


def packets_on_the_wire(pair: VethPair, plan: FloodPlan) -> list[bytes]:
    """Frames of the flood as a packet socket of the receiving end sees them."""
    with sink_at(pair.server, through=True), inside(pair.server.namespace):
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)) as packets:
            packets.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            packets.bind((pair.server.interface, ETH_P_ALL))
            packets.settimeout(1)
            with Flood(pair, plan) as flood:
                flood.start()
                time.sleep(0.2)
                sent = flood.stop().sent
            found = [packets.recv(2000) for _ in range(sent)]
    return found


def tcp_sum(addresses: bytes, tcp: bytes) -> int:
    return ones_sum(addresses + len(tcp).to_bytes(4) + (6).to_bytes(4) + tcp)


@pytest.mark.parametrize("ipv6", [False, True])
def test_headers_and_checksums_are_valid(ipv6: bool) -> None:
    with veth_pair() as pair:
        # The receiving stack must not answer: it would send to addresses nobody has.
        plan = FloodPlan(rate_hz=500, flows=70_000, ipv6=ipv6)
        frames = packets_on_the_wire(pair, plan)
        kind = b"\x86\xdd" if ipv6 else b"\x08\0"
        # The stack of the interface itself sends, too: multicast reports, by ICMPv6.
        protocol = 20 if ipv6 else 23
        own = [
            f
            for f in frames
            if f[12:14] == kind and f[6:12] == pair.client.mac and f[protocol] == TCP
        ]
        assert len(own) > 20
        flows = set()
        for frame in own:
            start, half = (14 + 40, 16) if ipv6 else (14 + 20, 4)
            addresses, tcp = frame[start - 2 * half : start], frame[start : start + 20]
            assert tcp_sum(addresses, tcp) == 0xFFFF
            assert ipv6 or ones_sum(frame[14:34]) == 0xFFFF
            assert int.from_bytes(tcp[2:4]) == PORT and tcp[13] == 0x02
            flows.add((addresses[:half], tcp[:2]))
        assert len(flows) == len(own)


def test_silenced_flows_send_nothing() -> None:
    plan = FloodPlan(rate_hz=20_000, flows=100)
    with veth_pair() as pair, sink_at(pair.server, flows=100) as sink:
        with BpfObject(compiler.compiled("flood.bpf.c")) as holder:
            holder.map("silenced").configure(entries=100)
            holder.load()
            silenced = holder.map("silenced").view(SEEN)
            silenced["packets"][10:30] = 1
            with Flood(pair, plan, holder.map("silenced")) as flood:
                flood.start()
                time.sleep(0.2)
                wait_until("a packet of every loud flow", lambda: sink.seen()[30:].min())
                assert not sink.seen()[10:30].any()
                silenced["packets"] = 0
                wait_until("a packet of every flow", lambda: sink.seen().min())
                final = flood.stop()
                assert final.skipped > 0
                await_packets(sink, final.sent)
            del silenced


def test_real_connections_pass_beside_the_flood() -> None:
    plan = FloodPlan(rate_hz=10_000, flows=1000)
    with veth_pair() as pair, sink_at(pair.server) as sink, Flood(pair, plan) as flood:
        with Load(
            count=1,
            hosts=pair.server.hosts,
            allow=pair.server.hosts,
            server_netns=pair.server.namespace.path,
            client_netns=pair.client.namespace.path,
        ) as load:
            flood.start()
            load.start(LoadPlan(rate_hz=100))
            time.sleep(0.4)
            connections, final = load.stop(), flood.stop()
        assert connections.connected == connections.accepted > 0 and not connections.errors
        await_packets(sink, final.sent)
        assert sink.counts().other >= 4 * connections.connected


def test_nothing_arrives_after_stop() -> None:
    plan = FloodPlan(rate_hz=None, flows=1000)
    with veth_pair() as pair, sink_at(pair.server) as sink, Flood(pair, plan) as flood:
        flood.start()
        time.sleep(0.1)
        flood.stop()
        time.sleep(0.05)
        before = sink.counts().packets
        time.sleep(0.1)
        assert sink.counts().packets == before
        assert flood.progress() == flood.stop()


def test_frames_that_nobody_takes_do_not_arrive() -> None:
    """Without a program on the other end veth takes no redirected frame."""
    plan = FloodPlan(rate_hz=5000, flows=1000)
    with veth_pair() as pair, Flood(pair, plan) as flood:
        before = link_counts(pair.server)
        flood.start()
        time.sleep(0.1)
        sent = flood.stop().sent
        arrived = link_counts(pair.server).rx_packets - before.rx_packets
        # The few packets that IPv6 itself sends after an interface came up do arrive.
        assert sent > 100 and arrived < sent / 10


def test_a_flood_that_fails_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> bool:
        raise KernelRefusedError("the kernel refused", errno=1)

    with veth_pair() as pair, Flood(pair, FloodPlan(rate_hz=None, flows=1)) as flood:
        with pytest.raises(BenchError, match="was not started"):
            flood.progress()
        monkeypatch.setattr(BpfObject, "run_frames", refuse)
        flood.start()
        flood._thread._threads[0].join(10)
        with pytest.raises(BenchError, match="packet flood failed: the kernel refused"):
            flood.stop()


def test_the_sink_is_attached_in_native_mode() -> None:
    with veth_pair() as pair:
        with sink_at(pair.server):
            shown = pair.server.namespace.ip("-d", "link", "show", "dev", "veth0")
            assert " xdp " in shown and "xdpgeneric" not in shown
        assert "xdp" not in pair.server.namespace.ip("-d", "link", "show", "dev", "veth0")
