from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.host.drops import CAUSES, CONNTRACK, dropped, drops, load_risks

Tree = Callable[[dict[str, str]], Path]
NETSTAT = """\
TcpExt: SyncookiesSent ListenOverflows ListenDrops TCPBacklogDrop
TcpExt: 3 40 41 5
IpExt: InNoRoutes InOctets
IpExt: 0 99
"""
TRACKED = """\
entries  clashres found new drop early_drop insert_failed
00000100  00000000 00000001 00000000 0000000a 00000001 00000000
00000100  00000000 00000001 00000000 00000010 00000000 00000002
"""
FINE = {
    "proc/sys/net/ipv4/tcp_syncookies": "1\n",
    "proc/sys/net/core/somaxconn": "4096\n",
    "proc/sys/net/ipv4/tcp_max_syn_backlog": "1024\n",
    "proc/sys/net/ipv4/ip_local_port_range": "32768\t60999\n",
}
NET = "proc/thread-self/net"
SYS = "proc/sys/net"


def test_causes_are_found_by_their_names_and_cpus_are_added(tree: Tree) -> None:
    root = tree({f"{NET}/netstat": NETSTAT, f"{NET}/stat/nf_conntrack": TRACKED})
    assert drops(root) == {
        "ListenOverflows": 40,
        "TCPBacklogDrop": 5,
        "drop": 26,
        "early_drop": 1,
        "insert_failed": 2,
    }


def test_a_kernel_that_counts_nothing_has_no_causes(tree: Tree) -> None:
    assert drops(tree({})) == {}


def test_this_kernel_counts_the_causes_by_these_names() -> None:
    assert drops().keys() >= CAUSES.keys() - {"TCPMemoryPressuresChrono", "PFMemallocDrop"}


def test_what_was_counted_between_is_said_with_its_cause() -> None:
    before, after = {"drop": 3, "ListenOverflows": 7}, {"drop": 1_203, "ListenOverflows": 7}
    assert dropped(before, after) == ["1,200 times the table of conntrack was full (drop)"]
    assert not CAUSES.keys() & CONNTRACK.keys()


def test_a_host_with_usual_settings_is_no_risk(tree: Tree) -> None:
    assert load_risks(5_000, tree(FINE)) == []


@pytest.mark.parametrize(
    ("path", "content", "said"),
    [
        ("ipv4/tcp_syncookies", "2\n", "net.ipv4.tcp_syncookies is 2"),
        ("core/somaxconn", "128\n", "net.core.somaxconn is 128"),
        ("ipv4/tcp_max_syn_backlog", "64\n", "net.ipv4.tcp_max_syn_backlog is 64"),
        ("ipv4/ip_local_port_range", "61000\t61099\n", "has 100 ports"),
    ],
)
def test_a_setting_that_spoils_a_load_is_named(
    path: str, content: str, said: str, tree: Tree
) -> None:
    [risk] = load_risks(5_000, tree({**FINE, f"{SYS}/{path}": content}))
    assert said in risk


@pytest.mark.parametrize(("used", "risky"), [("0", False), ("1", False), ("99000", True)])
def test_a_table_of_conntrack_that_a_load_would_fill_is_named(
    used: str, risky: bool, tree: Tree
) -> None:
    found = load_risks(
        100,
        tree(
            {
                **FINE,
                f"{SYS}/netfilter/nf_conntrack_count": used,
                f"{SYS}/netfilter/nf_conntrack_max": "100000",
            }
        ),
    )
    assert bool(found) is risky
    if risky:
        assert "99,000 of at most 100,000" in found[0] and "adds up to 12,000" in found[0]
