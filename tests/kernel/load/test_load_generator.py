"""The generator program itself, spoken to line by line as any host could."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from bench.errors import BenchError
from bench.load import heartbeat
from bench.load import peer as module
from bench.load.messages import (
    Counters,
    Drain,
    Drained,
    Listen,
    Listening,
    Progress,
    Report,
    Start,
    Started,
    Stop,
)
from bench.load.peer import Peer
from bench.spec import LoadShape
from tests.running import running

GONE_S = 60.0
"""Within which a process ends: generous, a busy host may be slow."""


def program(*arguments: str) -> AbstractContextManager[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "bench.load.generator", *arguments]
    return running(command, stdin=subprocess.PIPE)


def ask(process: subprocess.Popen[str], line: str) -> dict[str, Any]:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer


def first(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    event: dict[str, Any] = json.loads(process.stdout.readline())
    return event


@contextmanager
def client() -> Iterator[Peer]:
    peer = Peer("client", cpus=[], allow=[])
    try:
        peer.ready()
        yield peer
    finally:
        peer.close()


def start(port: int, *, host: str = "127.0.0.1", payload_bytes: int = 0) -> Start:
    return Start(
        targets=((host, port),),
        rate_hz=200,
        shape=LoadShape.CONSTANT,
        seed=0,
        payload_bytes=payload_bytes,
    )


@contextmanager
def bound(backlog: int | None, host: str = "127.0.0.1") -> Iterator[int]:
    """A port that refuses (backlog None) or that nobody accepts from."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as sock:
        sock.bind((host, 0))
        if backlog is not None:
            sock.listen(backlog)
        yield sock.getsockname()[1]


@pytest.mark.parametrize("role", ["server", "client"])
def test_malformed_input_is_answered_and_survived(role: str) -> None:
    with program(role) as process:
        assert first(process)["event"] == "ready"
        for line in ("garbage", "[]", '{"cmd": "fly"}', '{"cmd": "start"}', "\0\x7f", "9" * 5000):
            assert ask(process, line)["event"] == "error"
        other = '{"cmd": "stop"}' if role == "server" else '{"cmd": "drain", "expected": 0}'
        assert "does not understand" in ask(process, other)["message"]
        assert process.poll() is None


def test_an_endless_line_is_refused() -> None:
    with program("client") as process:
        first(process)
        assert "longer than" in ask(process, "x" * (3 << 20))["message"]


def test_two_commands_in_one_write_get_two_answers() -> None:
    with program("client") as process:
        first(process)
        both = '{"cmd": "progress"}\n\n{"cmd": "snapshot"}'
        assert "'progress'" in ask(process, both)["message"]
        assert "'snapshot'" in first(process)["message"]


def test_shape_and_rate_that_contradict_are_refused() -> None:
    with program("client") as process:
        first(process)
        line = '{"cmd":"start","targets":[["127.0.0.1",9]],"rate_hz":5,"shape":"closed","seed":0}'
        assert "cannot have the shape closed" in ask(process, line)["message"]


def test_a_foreign_target_is_refused_unless_allowed() -> None:
    line = '{"cmd":"start","targets":[["192.0.2.1",9]],"rate_hz":1,"shape":"constant","seed":0}'
    with program("client") as process:
        first(process)
        assert "not a loopback address" in ask(process, line)["message"]


def test_a_wrong_allow_is_refused_at_start() -> None:
    with program("client", "--allow", "example.com") as process:
        assert "not a numeric IP address" in first(process)["message"]
        assert process.wait(GONE_S) == 1


@pytest.mark.parametrize("role", ["server", "client"])
def test_end_of_input_ends_an_idle_process(role: str) -> None:
    with program(role) as process:
        first(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(GONE_S) == 0


def test_end_of_input_ends_a_closed_loop() -> None:
    with bound(None) as port, program("client") as process:
        first(process)
        begin = {"cmd": "start", "targets": [["127.0.0.1", port]], "rate_hz": None}
        assert (
            ask(process, json.dumps(begin | {"shape": "closed", "seed": 0}))["event"] == "started"
        )
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(GONE_S) == 0


def test_a_generator_that_hears_nothing_ends_under_load() -> None:
    """As after a cut link: its input stays open, and nothing comes over it."""
    with bound(None) as port, program("client", "--silence", "1") as process:
        first(process)
        begin = {"cmd": "start", "targets": [["127.0.0.1", port]], "rate_hz": 100}
        line = json.dumps(begin | {"shape": "constant", "seed": 0})
        assert ask(process, line)["event"] == "started"
        assert process.wait(10) == -signal.SIGALRM


def test_a_generator_that_waits_for_its_reader_ends_as_well() -> None:
    """Nobody takes what it writes: it must not need its own loop to notice."""
    with program("server", "--silence", "1") as process:
        first(process)
        assert process.stdin is not None
        process.stdin.write("garbage\n" * 4_000)
        process.stdin.flush()
        assert process.wait(10) == -signal.SIGALRM


def test_line_feeds_keep_a_generator_alive() -> None:
    with program("server", "--silence", "1") as process:
        first(process)
        assert process.stdin is not None
        for _ in range(5):
            time.sleep(0.3)
            process.stdin.write("\n")
            process.stdin.flush()
        assert "does not understand" in ask(process, '{"cmd": "progress"}')["message"]


def test_a_runner_keeps_its_idle_generator_alive_and_names_why_it_died_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command = module._command
    monkeypatch.setattr(module, "_command", lambda *words: [*command(*words), "--silence", "1"])
    monkeypatch.setattr(heartbeat, "BEAT_S", 0.2)
    with client() as peer:
        time.sleep(1.5)
        with pytest.raises(BenchError, match="no load running"):
            peer.ask(Progress(), Counters)
        monkeypatch.setattr(heartbeat, "BEAT_S", 60)  # As when the runner is stopped.
        time.sleep(1.5)
        with pytest.raises(BenchError, match="because it heard nothing for"):
            peer.ask(Progress(), Counters)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_refused_connections_are_counted_by_errno(host: str) -> None:
    with bound(None, host) as port, client() as peer:
        peer.ask(start(port, host=host), Started)
        report = wait_for_attempts(peer, 20)
    counters = report.counters
    assert counters.errors == {"ECONNREFUSED": counters.attempted}
    assert counters.connected == 0 and not any(due.delays.counts for due in report.due)


def wait_for_attempts(peer: Peer, attempts: int) -> Report:
    """Stop after so many attempts."""
    while peer.ask(Progress(), Counters).attempted < attempts:
        pass
    return peer.ask(Stop(timeout_ns=300_000_000), Report, 1)


def test_a_stop_does_not_wait_for_connections_that_never_come() -> None:
    with bound(0) as port, client() as peer:
        peer.ask(start(port), Started)
        counters = wait_for_attempts(peer, 20).counters
    # The kernel completes backlog + 1 handshakes on its own.
    assert counters.connected == 1
    assert counters.errors == {"ETIMEDOUT": counters.attempted - 1}
    assert counters.connecting == counters.open == 0


def test_a_server_that_does_not_echo_breaks_the_exchange_only() -> None:
    with bound(100) as port, client() as peer:
        peer.ask(start(port, payload_bytes=10), Started)
        counters = wait_for_attempts(peer, 20).counters
    assert counters.errors == {}
    assert counters.connected == counters.closed == counters.attempted
    assert counters.broken == {"ETIMEDOUT": counters.connected}


def test_a_drain_closes_what_its_clients_left_open() -> None:
    server = Peer("server", cpus=[], allow=[])
    try:
        server.ready()
        endpoints = server.ask(Listen(hosts=("127.0.0.1",), count=2), Listening).endpoints
        with socket.create_connection(endpoints[0]), socket.create_connection(endpoints[1]) as two:
            two.sendall(b"ping")
            assert two.recv(10) == b"ping"
            answer = server.ask(Drain(expected=3, timeout_ns=200_000_000), Drained, 1)
            assert two.recv(10) == b""
        assert (answer.accepted, answer.aborted, answer.echoed_bytes) == (2, 2, 4)
        assert answer.errors == {"ETIMEDOUT": 2}
        again = server.ask(Drain(expected=0), Drained)
        assert (again.accepted, again.aborted, again.errors) == (0, 0, {})
    finally:
        server.close()


def test_a_server_listens_once() -> None:
    server = Peer("server", cpus=[], allow=[])
    try:
        server.ready()
        server.ask(Listen(hosts=("127.0.0.1",), count=1), Listening)
        with pytest.raises(BenchError, match="listens already"):
            server.ask(Listen(hosts=("127.0.0.1",), count=1), Listening)
    finally:
        server.close()
