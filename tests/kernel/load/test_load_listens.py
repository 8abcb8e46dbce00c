"""What a load listens on, as ss(8) sees it."""

from __future__ import annotations

import socket
import subprocess

from bench.load.controller import Load

LOOPBACK = {"127.0.0.1", "[::1]"}


def listeners() -> set[tuple[str, str]]:
    """Address and port of every TCP and UDP socket of this namespace that takes connections."""
    done = subprocess.run(["ss", "-Hltun"], capture_output=True, text=True, check=True)
    local = (line.split()[4] for line in done.stdout.splitlines())
    return {(name, port) for name, _, port in (each.rpartition(":") for each in local)}


def test_a_load_listens_on_loopback_only_and_only_while_it_lasts() -> None:
    before = listeners()
    with Load() as load:
        new = listeners() - before
        assert {port for _, port in new} == set(map(str, load.ports))
        assert {name for name, _ in new} <= LOOPBACK
    assert not listeners() & new


def test_ss_sees_a_socket_that_listens_elsewhere() -> None:
    with socket.create_server(("0.0.0.0", 0)) as server:
        port = str(server.getsockname()[1])
        assert ("0.0.0.0", port) in listeners()
