"""Namespaces and the veth pair between them, seen with iproute2 and procfs."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest

from bench.host.netns import PREFIX, inside, namespaces, owner
from bench.host.veth import link_counts, veth_pair


def listed() -> list[str]:
    done = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)
    return [line.split()[0] for line in done.stdout.splitlines()]


def here() -> str:
    return os.readlink("/proc/thread-self/ns/net")


def test_namespaces_have_our_name_and_go() -> None:
    with namespaces("c", "s") as made:
        names = [each.name for each in made]
        assert set(names) <= set(listed())
        assert all(name.startswith(PREFIX) and owner(name) == os.getpid() for name in names)
    assert not set(names) & set(listed())


def test_the_folder_of_iproute2_is_as_before() -> None:
    def state() -> tuple[bool, bool]:
        return Path("/run/netns").exists(), "/run/netns" in Path("/proc/mounts").read_text()

    before = state()
    with namespaces("x"):
        assert state() == (True, True)
    assert state() == before


def test_everything_goes_after_an_exception() -> None:
    with pytest.raises(KeyboardInterrupt), veth_pair() as pair:
        names = {pair.client.namespace.name, pair.server.namespace.name}
        raise KeyboardInterrupt
    assert not names & set(listed())


def test_only_the_calling_thread_is_inside() -> None:
    seen = {}
    home = here()
    entered = threading.Event()

    def look() -> None:
        entered.wait(5)
        seen["other"] = here()

    other = threading.Thread(target=look)
    other.start()
    with namespaces("x") as (made,):
        with inside(made):
            seen["inside"] = here()
            entered.set()
            other.join()
        assert here() == home == seen["other"]
        assert seen["inside"] == f"net:[{made.path.stat().st_ino}]" != home


def test_the_thread_comes_back_after_an_exception() -> None:
    home = here()
    with namespaces("x") as (made,), pytest.raises(ValueError), inside(made):
        raise ValueError
    assert here() == home


def test_the_pair_is_connected_with_nothing_else() -> None:
    with veth_pair(queues=2) as pair:
        for end in (pair.client, pair.server):
            links = end.namespace.ip("-o", "link").splitlines()
            assert [line.split(": ")[1].split("@")[0] for line in links] == ["lo", "veth0"]
            routes = end.namespace.ip("route") + end.namespace.ip("-6", "route")
            assert "default" not in routes
            number = end.namespace.ip("-o", "link", "show", "dev", "veth0").split(":")[0]
            assert int(number) == end.ifindex


def test_interface_counts_are_the_packets_sent() -> None:
    with veth_pair() as pair:
        with inside(pair.client.namespace):
            before = link_counts(pair.server)
            sender = subprocess.run(
                ["python3", "-c", _SENDER, pair.server.ipv4], check=True, capture_output=True
            )
        assert sender.returncode == 0
        assert link_counts(pair.server).rx_packets - before.rx_packets >= 7


_SENDER = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(7): s.sendto(b"x", (sys.argv[1], 9))
"""
