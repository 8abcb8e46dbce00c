"""Which resets the kernel sends for connections that were whole: those that it had to forget."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from bench.host.netns import inside, namespaces
from bench.host.traffic import Traffic, traffic

BUCKETS = Path("/proc/sys/net/ipv4/tcp_max_tw_buckets")
CONNECTIONS = 40
DELAYED_ACK_S = 0.3
"""More than the kernel delays an acknowledgement, TCP_DELACK_MAX."""


def closed_by_turns() -> Traffic:
    """Connections whose serving ends close long after the others, as on a busy host.

    What the client's end waits for comes when it is in TIME_WAIT, or forgotten.
    """
    before = traffic()
    with socket.create_server(("127.0.0.1", 0), backlog=CONNECTIONS) as server:
        address = server.getsockname()
        ours = [socket.create_connection(address) for _ in range(CONNECTIONS)]
        theirs = [server.accept()[0] for _ in range(CONNECTIONS)]
        for end in ours:
            end.close()
        time.sleep(DELAYED_ACK_S)
        for end in theirs:
            assert end.recv(1) == b""
            end.close()
    return traffic().since(before)


@pytest.mark.parametrize("buckets", [1_000, CONNECTIONS // 2])
def test_a_full_table_answers_by_resets_and_counts_them(buckets: int) -> None:
    with namespaces("tw") as (namespace,), inside(namespace):
        BUCKETS.write_text(f"{buckets}\n")
        seen = closed_by_turns()
    assert (seen.opened, seen.accepted) == (CONNECTIONS, CONNECTIONS)
    assert seen.refused == seen.forgotten == max(0, CONNECTIONS - buckets)
