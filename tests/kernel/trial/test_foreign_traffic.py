"""A load of somebody else's, from another network namespace: no trial beside it is ok.

The trial takes place in the server's namespace of a veth pair, so that nothing but what the test
makes arrives there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

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
