from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from functools import cache
from operator import not_

import pytest

from bench.errors import BenchError
from bench.host.ksoftirqd import find_ksoftirqd
from bench.observers.bcc_build import compiled_program
from bench.observers.bcc_observer import BccObserver
from bench.observers.core_observer import CoreObserver
from bench.observers.slots import SlotsObserver
from tests.kernel.conftest import require
from tests.kernel.leftovers import bpftool, unload_observers
from tests.waiting import wait_until


@cache
def missing_bcc() -> str | None:
    """Why BCC cannot be used here, or None."""
    try:
        compiled_program()
    except BenchError as error:
        return str(error)
    return None


def observer_maps() -> set[int]:
    return {item["id"] for item in bpftool("map") if item.get("name") == "cpu_slots"}


@pytest.fixture(scope="session")
def _compiled() -> Iterator[None]:
    before = observer_maps()
    require(missing_bcc())
    yield
    unload_observers()
    wait_until("no map of the observer", lambda: observer_maps() - before, not_)


@pytest.fixture
def bcc(_compiled: None) -> Iterator[BccObserver]:
    """A BCC observer, not started; stopped afterwards."""
    observer = BccObserver(find_ksoftirqd())
    yield observer
    observer.stop()


@pytest.fixture
def core() -> Iterator[CoreObserver]:
    """The same hooks as a CO-RE object."""
    observer = CoreObserver(find_ksoftirqd())
    yield observer
    observer.stop()


@pytest.fixture(params=["bcc", "core"])
def hooks(request: pytest.FixtureRequest) -> SlotsObserver:
    """Each of the two."""
    observer: SlotsObserver = request.getfixturevalue(request.param)
    return observer


def send_datagrams(count: int) -> None:
    """So many NET_RX softirqs at least: one for each datagram over loopback."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        receiver.bind(("127.0.0.1", 0))
        sender.connect(receiver.getsockname())
        for _ in range(count):
            sender.send(b"x")
    time.sleep(0.05)
