"""An exchange against a peer that this test plays itself."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator

import pytest

from bench.load.exchange import Exchange, Step


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        theirs.settimeout(5)
        yield ours, theirs


def test_echo_in_pieces(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    exchange = Exchange(ours, b"0123456789")
    assert exchange.step() is Step.READ
    assert theirs.recv(100) == b"0123456789"
    theirs.sendall(b"0123")
    assert exchange.step() is Step.READ
    assert not exchange.done
    theirs.sendall(b"456789")
    assert exchange.step() is Step.DONE
    assert exchange.done


def test_more_than_the_socket_takes_is_sent_in_steps(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = ends
    payload = bytes(range(256)) * 4096
    exchange = Exchange(ours, payload)
    assert exchange.step() is Step.READ_WRITE
    echoed = 0
    step = Step.READ_WRITE
    while step is not Step.DONE:
        data = theirs.recv(1 << 20)
        theirs.setblocking(False)
        try:
            while data:
                sent = theirs.send(data)
                echoed += sent
                data = data[sent:]
                step = exchange.step()
        finally:
            theirs.settimeout(5)
    assert echoed == len(payload)


def test_early_end_of_stream_is_a_reset(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    exchange = Exchange(ours, b"abc")
    exchange.step()
    theirs.shutdown(socket.SHUT_WR)
    with pytest.raises(OSError) as caught:
        exchange.step()
    assert caught.value.errno == errno.ECONNRESET


def test_a_wrong_echo_is_noticed(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    exchange = Exchange(ours, b"abc")
    exchange.step()
    theirs.sendall(b"abX")
    with pytest.raises(OSError) as caught:
        exchange.step()
    assert caught.value.errno == errno.EPROTO
