"""Addresses and ports of the load: what may be spoken to, and enough of them.

A connection is known by source address, source port, destination and port. One address
pair with one server port allows some 28,000 connections before ports in TIME_WAIT have to
be reused; rotating over sources and server ports keeps far away from that.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterator
from pathlib import Path

from bench.errors import UsageError, quoted
from bench.words.plurals import counted

LOOPBACK_HOSTS = ("127.0.0.1", "::1")
MAX_SOURCES = 254 * 256
FIRST_PORT = 20_000
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def check_address(text: str, allow: Collection[str] = ()) -> str:
    """The address in canonical form, if it is loopback or allowed by name.

    Raises:
        UsageError: Not a numeric address, or neither loopback nor in ``allow``.
    """
    address = _parse(text)
    if address.is_loopback or address in {_parse(other) for other in allow}:
        return str(address)
    raise UsageError(
        f"{address} is not a loopback address and was not allowed",
        remedy=f"Send load only to hosts you own; if you own it, pass --allow {address}",
    )


def parse_address(text: str) -> str:
    """The address in canonical form.

    Raises:
        UsageError: It is not a numeric address.
    """
    return str(_parse(text))


def _parse(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        raise UsageError(
            f"{quoted(text)} is not a numeric IP address", remedy="Write it like 127.0.0.1 or ::1"
        ) from None


def is_loopback_ipv4(text: str) -> bool:
    """Whether a (canonical) address lies in 127.0.0.0/8."""
    return text.startswith("127.")


def loopback_sources(count: int) -> list[str]:
    """Distinct source addresses spread over 127.0.0.0/8, none of them in 127.0.0.0/16.

    The server listens in 127.0.0.0/16, so no source can be taken for a server's address.

    Raises:
        ValueError: More than 65,024 or a negative number of addresses.
    """
    if not 0 <= count <= MAX_SOURCES:
        over = counted(count, "source address", "source addresses")
        raise ValueError(f"cannot spread over {over}, only 0 to {MAX_SOURCES}")
    return [f"127.{1 + i % 254}.{i // 254}.{1 + i * 7 % 254}" for i in range(count)]


def ephemeral_range(path: Path = _EPHEMERAL) -> range:
    """Ports from which the kernel chooses source ports."""
    low, high = path.read_text().split()
    return range(int(low), int(high) + 1)


def candidate_ports(ephemeral: range, first: int = FIRST_PORT) -> Iterator[int]:
    """Ports for a server, best first: never a port that could also be a source port."""
    for port in (*range(first, 65_536), *range(1024, first)):
        if port not in ephemeral:
            yield port
