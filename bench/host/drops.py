"""What a kernel drops of a load, by cause, and what could make it drop some: asked of files.

Counts are those of the network namespace of the thread that looks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.host.facts import ROOT, number, text
from bench.words.plurals import counted

NET = "proc/thread-self/net"
CAUSES = {
    "ListenOverflows": "a listen backlog was full",
    "TCPReqQFullDrop": "too many connections waited to be established",
    "TCPReqQFullDoCookies": "SYN cookies answered for a full queue",
    "TCPBacklogDrop": "a socket's backlog was full",
    "TCPSynRetrans": "the begin of a connection was not answered and was sent again",
    "TCPTimeouts": "a segment was not answered and was sent again",
    "TCPTimeWaitOverflow": "there were too many in TIME_WAIT",
    "TCPMemoryPressuresChrono": "TCP was short of memory",
    "PFMemallocDrop": "the host was short of memory",
}
"""Of ``TcpExt`` in proc_pid_net(5), /proc/net/netstat: each is a loss or a detour of a connection;
ListenDrops counts most of them again. What a rule of netfilter drops is counted as sent again."""
CONNTRACK = {
    "drop": "the table of conntrack was full",
    "early_drop": "conntrack evicted others to make room",
    "insert_failed": "conntrack could not insert a connection",
}
"""Columns of /proc/net/stat/nf_conntrack, one line for each CPU, hexadecimal."""
TIME_WAIT_S = 120
"""For so long conntrack keeps a closed connection: ``nf_conntrack_tcp_timeout_time_wait``."""
LEAST_PORTS = 10_000
LEAST_BACKLOG = 1024
"""Below it the kernel shortens the queue of the load's listeners."""


def drops(root: Path = ROOT) -> dict[str, int]:
    """Name of a cause -> how often so far; only those that this kernel counts."""
    return {**_tcp(root), **_conntrack(root)}


def dropped(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    """What was counted between two readings, a phrase each: ``12 times a listen backlog ...``."""
    meanings = CAUSES | CONNTRACK
    found = {name: count - before.get(name, 0) for name, count in after.items()}
    return [
        f"{counted(count, 'time')} {meanings[name]} ({name})"
        for name, count in found.items()
        if count > 0
    ]


def load_risks(rate_hz: float, root: Path = ROOT) -> list[str]:
    """Settings by which this host may spoil a load of that rate, a sentence each."""
    return [*_conntrack_risk(rate_hz, root), *_setting_risks(root)]


def _tcp(root: Path) -> dict[str, int]:
    names: list[str] = []
    for line in (text(root, f"{NET}/netstat") or "").splitlines():
        kind, _, rest = line.partition(":")
        if kind == "TcpExt" and not names:
            names = rest.split()
        elif kind == "TcpExt":
            known = dict(zip(names, rest.split(), strict=False))
            return {name: int(known[name]) for name in CAUSES if known.get(name, "").isdecimal()}
    return {}


def _conntrack(root: Path) -> dict[str, int]:
    lines = (text(root, f"{NET}/stat/nf_conntrack") or "").splitlines()
    if not lines:
        return {}
    names = lines[0].split()
    rows = [dict(zip(names, line.split(), strict=False)) for line in lines[1:]]
    return {
        name: sum(int(row.get(name, "0"), 16) for row in rows)
        for name in CONNTRACK
        if name in names
    }


def _conntrack_risk(rate_hz: float, root: Path) -> Iterator[str]:
    folder = "proc/sys/net/netfilter"
    used = number(root, f"{folder}/nf_conntrack_count")
    most = number(root, f"{folder}/nf_conntrack_max")
    if not used or most is None:
        return  # Nothing is tracked here: no rule asks for it.
    wanted = int(rate_hz * TIME_WAIT_S)
    if used + wanted > most:
        yield (
            f"conntrack holds {used:,} of at most {counted(most, 'connection')}, and a load of "
            f"{rate_hz:,.0f}/s adds up to {wanted:,}: raise net.netfilter.nf_conntrack_max, or "
            "exempt lo (nft: notrack)"
        )


def _setting_risks(root: Path) -> Iterator[str]:
    ipv4, core = "proc/sys/net/ipv4", "proc/sys/net/core"
    if number(root, f"{ipv4}/tcp_syncookies") == 2:
        yield "net.ipv4.tcp_syncookies is 2: every connection is made by SYN cookies; set it to 1"
    for path in (f"{core}/somaxconn", f"{ipv4}/tcp_max_syn_backlog"):
        found = number(root, path)
        if found is not None and found < LEAST_BACKLOG:
            name = path.removeprefix("proc/sys/").replace("/", ".")
            yield f"{name} is {found}: bursts of a load find a full backlog; use {LEAST_BACKLOG}"
    ports = (text(root, f"{ipv4}/ip_local_port_range") or "").split()
    if len(ports) == 2 and (count := int(ports[1]) - int(ports[0]) + 1) < LEAST_PORTS:
        yield (
            f"net.ipv4.ip_local_port_range has {counted(count, 'port')}: a load may run out; "
            f"use {LEAST_PORTS:,} or more"
        )
