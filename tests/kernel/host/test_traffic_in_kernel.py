"""Which resets the kernel sends for connections that were whole: those that it had to forget."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from bench.host.netns import inside, namespaces
from bench.host.traffic import Traffic, traffic

BUCKETS = Path("/proc/sys/net/ipv4/tcp_max_tw_buckets")
CONNECTIONS = 40


def closed_by_turns() -> Traffic:
    """Connections whose other end closes when the first one is in TIME_WAIT, or forgotten."""
    before = traffic()
    with socket.create_server(("127.0.0.1", 0)) as server:
        for _ in range(CONNECTIONS):
            ours = socket.create_connection(server.getsockname())
            theirs = server.accept()[0]
            ours.close()
            assert theirs.recv(1) == b""
            theirs.close()
    return traffic().since(before)


@pytest.mark.parametrize("buckets", [1_000, CONNECTIONS // 2])
def test_a_full_table_answers_by_resets_and_counts_them(buckets: int) -> None:
    with namespaces("tw") as (namespace,), inside(namespace):
        BUCKETS.write_text(f"{buckets}\n")
        seen = closed_by_turns()
    assert (seen.opened, seen.accepted) == (CONNECTIONS, CONNECTIONS)
    assert seen.refused == seen.forgotten == max(0, CONNECTIONS - buckets)
