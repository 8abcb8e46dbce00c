from __future__ import annotations

import socket
import struct

import pytest

from bench.errors import UsageError
from bench.flood.frame import FIRST_PORT, TRANSPORTS, ones_sum, template

MACS = {"source_mac": b"\x02\0\0\0\0\x01", "destination_mac": b"\x02\0\0\0\0\x02"}


def test_sum_of_the_example_of_rfc_1071() -> None:
    assert ones_sum(bytes.fromhex("0001f203f4f5f6f7")) == 0xDDF2


def test_odd_length_is_padded() -> None:
    assert ones_sum(b"\x01") == 0x0100


def test_ipv4_frame_names_both_ends() -> None:
    made = template(destination="198.18.0.2", port=9, **MACS)
    frame = made.frame
    assert len(frame) == 60
    assert frame[:14] == MACS["destination_mac"] + MACS["source_mac"] + b"\x08\x00"
    assert socket.inet_ntop(socket.AF_INET, frame[26:30]) == "10.0.0.0"
    assert socket.inet_ntop(socket.AF_INET, frame[30:34]) == "198.18.0.2"
    assert int.from_bytes(frame[34:36]) == FIRST_PORT and int.from_bytes(frame[36:38]) == 9
    assert made.source_base == 10 << 24


def test_ipv6_frame_names_both_ends() -> None:
    made = template(destination="fd00::2", port=9, **MACS)
    assert len(made.frame) == 74
    assert made.frame[12:14] == b"\x86\xdd"
    assert socket.inet_ntop(socket.AF_INET6, made.frame[22:38]) == "fd00:10::"
    assert socket.inet_ntop(socket.AF_INET6, made.frame[38:54]) == "fd00::2"


@pytest.mark.parametrize(
    ("destination", "at", "length"), [("198.18.0.2", 34, 60), ("fd00::2", 54, 62)]
)
def test_udp_has_its_ports_where_tcp_has_them(destination: str, at: int, length: int) -> None:
    made = template(destination=destination, port=9, transport=TRANSPORTS["udp"], **MACS)
    header = made.frame[at : at + 8]
    assert len(made.frame) == length
    assert header == bytes.fromhex("04000009 0008 0000")
    assert made.frame[23 if at == 34 else 20] == socket.IPPROTO_UDP


def test_the_key_of_flow_0_is_what_a_program_finds_in_its_packet() -> None:
    made = template(destination="198.18.0.2", port=9, **MACS)
    assert made.key[:4] == made.frame[26:30] and made.key[16:20] == made.frame[30:34]
    assert made.key[32:] == struct.pack("=HHHH", FIRST_PORT, 9, 0x0800, socket.IPPROTO_TCP)
    assert len(made.key) == 40


@pytest.mark.parametrize(("destination", "port"), [("localhost", 9), ("198.18.0.2", 65_536)])
def test_what_cannot_be_flooded(destination: str, port: int) -> None:
    with pytest.raises(UsageError, match="no flood to"):
        template(destination=destination, port=port, **MACS)
