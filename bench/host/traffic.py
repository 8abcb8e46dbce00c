"""What the network brought: the kernel's counts of TCP connections and packets of a namespace."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError

NET = Path("/proc/thread-self/net")
"""procfs shows the namespace of the thread that looks."""
DATAGRAMS = ("InDatagrams", "NoPorts", "InErrors")
"""Datagrams that were read, came to a port where nobody listens, or were dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Cumulative counts of this network namespace, IPv4 and IPv6 together.

    Attributes:
        t_ns: CLOCK_MONOTONIC of the reading.
        opened: Connections begun from here (``ActiveOpens`` of proc_pid_net(5)).
        accepted: Connections that came here and were established (``PassiveOpens``).
        refused: Segments answered by a reset (``OutRsts``), such as a connection to a port
            where nobody listens.
        forgotten: Closed connections that were not kept as TIME_WAIT because ``tcp_max_tw_buckets``
            were (``TCPTimeWaitOverflow``): what comes for them afterwards is answered by a reset.
        late: Acknowledgements put off by up to 40 ms (``DelayedACKs``), and segments that were sent
            again (``RetransSegs``): the other end may have gone by then, and what listens there
            answers by a reset.
        packets: Packets received by all interfaces, loopback included.
        segments: Segments of TCP received (``InSegs``), by whichever end of a connection is here.
        datagrams: Datagrams of UDP received, also those that nobody took.
    """

    t_ns: int
    opened: int
    accepted: int
    refused: int
    forgotten: int
    late: int
    packets: int
    segments: int
    datagrams: int

    def since(self, earlier: Traffic) -> Traffic:
        """What happened after ``earlier``; ``t_ns`` is then the time between."""
        return Traffic(
            t_ns=self.t_ns - earlier.t_ns,
            opened=self.opened - earlier.opened,
            accepted=self.accepted - earlier.accepted,
            refused=self.refused - earlier.refused,
            forgotten=self.forgotten - earlier.forgotten,
            late=self.late - earlier.late,
            packets=self.packets - earlier.packets,
            segments=self.segments - earlier.segments,
            datagrams=self.datagrams - earlier.datagrams,
        )


def traffic(net: Path = NET) -> Traffic:
    """The counts as of now.

    Raises:
        BenchError: The kernel shows none.
    """
    try:
        snmp = (net / "snmp").read_text()
        tcp, udp = _counts("Tcp:", snmp), _counts("Udp:", snmp)
        more = _counts("TcpExt:", (net / "netstat").read_text())
        return Traffic(
            t_ns=time.monotonic_ns(),
            opened=tcp["ActiveOpens"],
            accepted=tcp["PassiveOpens"],
            refused=tcp["OutRsts"],
            forgotten=more["TCPTimeWaitOverflow"],
            late=more["DelayedACKs"] + tcp["RetransSegs"],
            packets=_received((net / "dev").read_text()),
            segments=tcp["InSegs"],
            datagrams=sum(udp[name] for name in DATAGRAMS) + _datagrams6(net / "snmp6"),
        )
    except (OSError, KeyError, ValueError) as error:
        raise BenchError(f"cannot read the kernel's counts of traffic in {net}: {error}") from error


def _counts(protocol: str, text: str) -> dict[str, int]:
    """A line of names and a line of values begin with the protocol."""
    names, values = (line.split()[1:] for line in text.splitlines() if line.startswith(protocol))
    return dict(zip(names, map(int, values), strict=True))


def _datagrams6(file: Path) -> int:
    """Those of IPv6, which a kernel may lack; a name and a value in each line."""
    text = file.read_text() if file.exists() else ""
    known = dict(line.split() for line in text.splitlines())
    return sum(int(known.get(f"Udp6{name}", 0)) for name in DATAGRAMS)


def _received(text: str) -> int:
    """Second figure of each interface; two lines of headings come first."""
    return sum(int(line.partition(":")[2].split()[1]) for line in text.splitlines()[2:])
