"""The frame that a flood starts from: a TCP SYN of flow 0 with complete, valid headers.

Source: RFC 791, RFC 8200, RFC 9293; checksums: RFC 1071.
"""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass

from bench.errors import UsageError

FIRST_PORT = 1024
"""Source port of flow 0, FLOW_FIRST_PORT of bpf/packet.h."""
SOURCE_IPV4 = ipaddress.ip_address("10.0.0.0")
SOURCE_IPV6 = ipaddress.ip_address("fd00:10::")
"""Source addresses of flow 0; the low bits are free for the flow's number."""
ETH_P_IP, ETH_P_IPV6 = 0x0800, 0x86DD
TCP, TTL, WINDOW, SYN = 6, 64, 64_240, 0x02
DATA_OFFSET = 5 << 4
MIN_FRAME = 60
"""Shortest Ethernet frame without its check sequence, bytes."""


@dataclass(frozen=True, slots=True)
class Template:
    """What the kernel program needs to make the packet of any flow.

    Attributes:
        frame: The whole frame of flow 0.
        source_base: Last 32 bits of flow 0's source address.
        ip_sum: One's complement sum of the IPv4 header without source and checksum.
        tcp_sum: The same of the TCP header and its pseudo header, without the low 32 bits
            of the source address, source port and checksum.
    """

    frame: bytes
    source_base: int
    ip_sum: int
    tcp_sum: int


def ones_sum(data: bytes) -> int:
    """One's complement sum of 16-bit words, folded to 16 bits, not inverted."""
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def template(*, destination: str, port: int, source_mac: bytes, destination_mac: bytes) -> Template:
    """The frame from flow 0 to an address and port.

    Raises:
        UsageError: The address is not numeric, or the port is none.
    """
    try:
        address = ipaddress.ip_address(destination)
        tcp = _tcp(port)
    except (ValueError, struct.error) as error:
        raise UsageError(f"no flood to {destination!r} port {port}: {error}") from error
    if isinstance(address, ipaddress.IPv4Address):
        source, kind, header = SOURCE_IPV4.packed, ETH_P_IP, _ipv4
    else:
        source, kind, header = SOURCE_IPV6.packed, ETH_P_IPV6, _ipv6
    return _assembled(
        ethernet=destination_mac + source_mac + struct.pack("!H", kind),
        ip=header(source, address.packed),
        addresses=source + address.packed,
        tcp=tcp,
    )


def _tcp(port: int) -> bytes:
    sequence, acknowledged, check, urgent = 1, 0, 0, 0
    fields = (FIRST_PORT, port, sequence, acknowledged, DATA_OFFSET, SYN, WINDOW, check, urgent)
    return struct.pack("!HHIIBBHHH", *fields)


def _ipv4(source: bytes, destination: bytes) -> bytes:
    length = 20 + 20
    head = struct.pack("!BBHHHBBH", 0x45, 0, length, 0, 0x4000, TTL, TCP, 0)
    return head + source + destination


def _ipv6(source: bytes, destination: bytes) -> bytes:
    return struct.pack("!IHBB", 6 << 28, 20, TCP, TTL) + source + destination


def _assembled(*, ethernet: bytes, ip: bytes, addresses: bytes, tcp: bytes) -> Template:
    half = len(addresses) // 2
    base = int.from_bytes(addresses[half - 4 : half], "big")
    pseudo = addresses[: half - 4] + b"\0\0\0\0" + addresses[half:]
    tcp_sum = ones_sum(pseudo + struct.pack("!II", len(tcp), TCP) + b"\0\0" + tcp[2:])
    ip_sum = ones_sum(ip[:12] + b"\0\0\0\0" + ip[16:20])
    frame = (ethernet + ip + tcp).ljust(MIN_FRAME, b"\0")
    return Template(frame, base, ip_sum, tcp_sum)
