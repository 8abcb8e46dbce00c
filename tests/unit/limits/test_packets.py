"""The packets that the changed demo is run with."""

from __future__ import annotations

import struct

from bench.limits.demo_claims import ACK, SYN, tcp_packet


def test_a_syn_is_an_ipv4_packet_to_port_80() -> None:
    packet = tcp_packet(SYN)
    assert len(packet) == 54
    assert packet[12:14] == b"\x08\x00"
    assert packet[14] == 0x45 and packet[23] == 6
    assert struct.unpack("!H", packet[16:18]) == (40,)
    assert struct.unpack("!HH", packet[34:38]) == (40_000, 80)
    assert packet[47] == SYN
    assert tcp_packet(SYN | ACK)[47] == SYN | ACK
