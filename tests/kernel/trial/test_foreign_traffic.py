"""A load of somebody else's, from another network namespace: no trial beside it is ok.

The trial takes place in the server's namespace of a veth pair, so that nothing but what the test
makes arrives there.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest

from bench.host.netns import inside
from bench.host.veth import VethPair, veth_pair
from bench.load.messages import Listen, Listening, Start, Started
from bench.load.peer import Peer
from bench.reason import Code
from bench.record import Status, TrialRecord
from bench.spec import Cell, LoadShape
from bench.units import NS_PER_MS

MakeCell = Callable[..., Cell]
Measure = Callable[..., TrialRecord]
CLOSED_PORT = 9


@pytest.fixture
def pair() -> Iterator[VethPair]:
    with veth_pair() as made:
        yield made


@contextmanager
def orphan(pair: VethPair, *, answered: bool) -> Iterator[None]:
    """A generator whose run is another one's, at 400 connections/s."""
    host = pair.server.ipv4
    with ExitStack() as stack:
        port = CLOSED_PORT
        if answered:
            netns = pair.server.namespace.path
            server = stack.enter_context(Peer("server", cpus=[], allow=[host], netns=netns))
            server.ready()
            port = server.ask(Listen(hosts=(host,), count=1), Listening).endpoints[0][1]
        netns = pair.client.namespace.path
        client = stack.enter_context(Peer("client", cpus=[], allow=[host], netns=netns))
        client.ready()
        plan = Start(targets=((host, port),), rate_hz=400, shape=LoadShape.CONSTANT, seed=0)
        client.ask(plan, Started)
        yield


@contextmanager
def talker(pair: VethPair, kind: socket.SocketKind) -> Iterator[None]:
    """Somebody who begins no connection: it sends on one that is held, or datagrams to nobody."""
    with ExitStack() as stack:
        address, ended = (pair.server.ipv4, CLOSED_PORT), threading.Event()
        if kind is socket.SOCK_STREAM:
            with inside(pair.server.namespace):
                server = stack.enter_context(socket.create_server((pair.server.ipv4, 0)))
            address = server.getsockname()
        with inside(pair.client.namespace):
            client = stack.enter_context(socket.socket(socket.AF_INET, kind))
        client.connect(address)
        if kind is socket.SOCK_STREAM:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            other, _ = server.accept()
            stack.enter_context(other)
            stack.enter_context(reader(other, ended))

        def talk() -> None:
            while not ended.wait(0.0002):
                with suppress(ConnectionRefusedError):  # What an ICMP message says.
                    client.send(b"x")

        thread = threading.Thread(target=talk)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


@contextmanager
def reader(held: socket.socket, ended: threading.Event) -> Iterator[None]:
    """Reads whatever comes."""

    def read() -> None:
        held.settimeout(0.1)
        while not ended.is_set():
            with suppress(TimeoutError):
                held.recv(4096)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield
    finally:
        thread.join()


@pytest.fixture(params=["resident", "tcp"])
def cell(request: pytest.FixtureRequest, make_cell: MakeCell) -> Cell:
    """Without a load, and with one of its own."""
    if request.param == "resident":
        return make_cell()
    return make_cell(program="tcp", timeout_ns=5 * NS_PER_MS, load_hz=500, map_size=16_384)


def test_a_trial_with_nothing_beside_it_counts(
    pair: VethPair, cell: Cell, measure: Measure
) -> None:
    with inside(pair.server.namespace):
        record = measure(cell)
    assert record.status is Status.OK, record.reasons
    assert record.noise is not None and record.noise.foreign_connections == 0


@pytest.mark.parametrize("answered", [True, False])
def test_a_trial_beside_an_orphan_load_does_not_count(
    answered: bool, pair: VethPair, cell: Cell, measure: Measure
) -> None:
    with orphan(pair, answered=answered), inside(pair.server.namespace):
        record = measure(cell)
    assert record.status is Status.INVALID
    assert Code.FOREIGN in record.codes
    assert any("that are not this run's load" in reason for reason in record.reasons)
    assert record.noise is not None and (record.noise.foreign_connections or 0) > 20


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM], ids=["held", "UDP"])
def test_a_trial_beside_packets_without_connections_does_not_count(
    kind: socket.SocketKind, pair: VethPair, cell: Cell, measure: Measure
) -> None:
    with talker(pair, kind), inside(pair.server.namespace):
        record = measure(cell)
    assert record.status is Status.INVALID
    assert Code.FOREIGN in record.codes
    assert any("packets/s that are not this run's load" in reason for reason in record.reasons)
