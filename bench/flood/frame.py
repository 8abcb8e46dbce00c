"""The frame that a flood starts from: a TCP SYN or UDP packet of flow 0 with valid headers.

Source: RFC 768, RFC 791, RFC 8200, RFC 9293; checksums: RFC 1071.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Callable
from dataclasses import dataclass

from bench.errors import UsageError

FIRST_PORT = 1024
"""Source port of flow 0, FLOW_FIRST_PORT of bpf/packet.h."""
SOURCE_IPV4 = ipaddress.ip_address("10.0.0.0")
SOURCE_IPV6 = ipaddress.ip_address("fd00:10::")
"""Source addresses of flow 0; the low bits are free for the flow's number."""
ETH_P_IP, ETH_P_IPV6 = 0x0800, 0x86DD
TTL, WINDOW, SYN = 64, 64_240, 0x02
DATA_OFFSET = 5 << 4
MIN_FRAME = 60
"""Shortest Ethernet frame without its check sequence, bytes."""


@dataclass(frozen=True, slots=True)
class Transport:
    """What differs between the protocols of a flood.

    Attributes:
        number: Of the protocol, in IP headers.
        check_offset: Where its header has the checksum, bytes.
        header: Makes the header of flow 0 to a port, without checksum.
    """

    number: int
    check_offset: int
    header: Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Template:
    """What the kernel program needs to make the packet of any flow.

    Attributes:
        frame: The whole frame of flow 0.
        source_base: Last 32 bits of flow 0's source address.
        ip_sum: One's complement sum of the IPv4 header without source and checksum.
        transport_sum: The same of the TCP or UDP header and its pseudo header, without the low
            32 bits of the source address, source port and checksum.
        key: The flow, ``struct packet_flow`` of bpf/packet.h.
    """

    frame: bytes
    source_base: int
    ip_sum: int
    transport_sum: int
    key: bytes


def ones_sum(data: bytes) -> int:
    """One's complement sum of 16-bit words, folded to 16 bits, not inverted."""
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def _tcp(port: int) -> bytes:
    sequence, acknowledged, check, urgent = 1, 0, 0, 0
    fields = (FIRST_PORT, port, sequence, acknowledged, DATA_OFFSET, SYN, WINDOW, check, urgent)
    return struct.pack("!HHIIBBHHH", *fields)


def _udp(port: int) -> bytes:
    length, check = 8, 0
    return struct.pack("!HHHH", FIRST_PORT, port, length, check)


TRANSPORTS = {
    "tcp": Transport(number=6, check_offset=16, header=_tcp),
    "udp": Transport(number=17, check_offset=6, header=_udp),
}


def template(
    *,
    destination: str,
    port: int,
    source_mac: bytes,
    destination_mac: bytes,
    transport: Transport = TRANSPORTS["tcp"],
) -> Template:
    """The frame from flow 0 to an address and port.

    Raises:
        UsageError: The address is not numeric, or the port is none.
    """
    try:
        address = ipaddress.ip_address(destination)
        header = transport.header(port)
    except (ValueError, struct.error) as error:
        raise UsageError(f"no flood to {destination!r} port {port}: {error}") from error
    if isinstance(address, ipaddress.IPv4Address):
        source, kind, ip = SOURCE_IPV4.packed, ETH_P_IP, _ipv4
    else:
        source, kind, ip = SOURCE_IPV6.packed, ETH_P_IPV6, _ipv6
    ends = source.ljust(16, b"\0") + address.packed.ljust(16, b"\0")
    return _assembled(
        ethernet=destination_mac + source_mac + struct.pack("!H", kind),
        ip=ip(source, address.packed, transport.number, len(header)),
        addresses=source + address.packed,
        transport=header,
        number=transport.number,
        key=ends + struct.pack("<HHHH", FIRST_PORT, port, kind, transport.number),
    )


def _ipv4(source: bytes, destination: bytes, protocol: int, payload: int) -> bytes:
    length = 20 + payload
    head = struct.pack("!BBHHHBBH", 0x45, 0, length, 0, 0x4000, TTL, protocol, 0)
    return head + source + destination


def _ipv6(source: bytes, destination: bytes, protocol: int, payload: int) -> bytes:
    return struct.pack("!IHBB", 6 << 28, payload, protocol, TTL) + source + destination


def _assembled(
    *, ethernet: bytes, ip: bytes, addresses: bytes, transport: bytes, number: int, key: bytes
) -> Template:
    half = len(addresses) // 2
    base = int.from_bytes(addresses[half - 4 : half], "big")
    pseudo = addresses[: half - 4] + b"\0\0\0\0" + addresses[half:]
    lengths = struct.pack("!II", len(transport), number)
    transport_sum = ones_sum(pseudo + lengths + b"\0\0" + transport[2:])
    ip_sum = ones_sum(ip[:12] + b"\0\0\0\0" + ip[16:20])
    frame = (ethernet + ip + transport).ljust(MIN_FRAME, b"\0")
    return Template(frame, base, ip_sum, transport_sum, key)
