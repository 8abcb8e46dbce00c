"""What the load may speak to, and that its addresses are distinct loopback ones."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import UsageError
from bench.load.addresses import (
    MAX_SOURCES,
    candidate_ports,
    check_address,
    ephemeral_range,
    is_loopback_ipv4,
    loopback_sources,
)
from bench.load.sockets import Dialler


@given(st.ip_addresses())
def test_only_loopback_passes(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if address.is_loopback:
        assert check_address(str(address)) == str(address)
    else:
        with pytest.raises(UsageError, match="not a loopback address"):
            check_address(str(address))
        assert check_address(str(address), [str(address)]) == str(address)


@pytest.mark.parametrize("text", ["0.0.0.0", "::", "10.0.0.1", "8.8.8.8", "fe80::1", "128.0.0.1"])
def test_unspecified_and_foreign_addresses_are_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_address(text, ["192.0.2.1"])
    assert f"--allow {text}" in caught.value.remedy


@pytest.mark.parametrize("text", ["localhost", "", "127.1", "127.0.0.1:80", "example.com"])
def test_names_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a numeric IP address"):
        check_address(text)


@pytest.mark.parametrize("text", ["::1", "0:0:0:0:0:0:0:1", "0::0001"])
def test_every_spelling_of_an_address_is_the_same(text: str) -> None:
    assert check_address(text) == "::1"


def test_the_client_checks_every_target_before_it_connects() -> None:
    with pytest.raises(UsageError, match=r"192\.0\.2\.1"):
        Dialler((("127.0.0.1", 80), ("192.0.2.1", 80)), sources=0)
    Dialler((("127.0.0.1", 80), ("192.0.2.1", 80)), sources=0, allow=("192.0.2.1",))


def test_sources_are_distinct_loopback_hosts_apart_from_the_servers() -> None:
    sources = loopback_sources(MAX_SOURCES)
    assert len(set(sources)) == MAX_SOURCES
    for text in sources[:2000] + sources[-2000:]:
        address = ipaddress.IPv4Address(text)
        assert address in ipaddress.ip_network("127.0.0.0/8")
        assert address not in ipaddress.ip_network("127.0.0.0/16")
        assert is_loopback_ipv4(text)
    assert all(0 <= int(part) <= 255 for text in sources for part in text.split("."))
    with pytest.raises(ValueError, match="source addresses"):
        loopback_sources(MAX_SOURCES + 1)


def test_server_ports_are_never_source_ports(tmp_path: Path) -> None:
    setting = tmp_path / "ip_local_port_range"
    setting.write_text("32768\t60999\n")
    ephemeral = ephemeral_range(setting)
    assert (ephemeral.start, ephemeral.stop) == (32_768, 61_000)
    ports = list(candidate_ports(ephemeral))
    assert ports[0] == 20_000
    assert len(set(ports)) == len(ports) == 65_536 - 1024 - len(ephemeral)
    assert not set(ports) & set(ephemeral)
