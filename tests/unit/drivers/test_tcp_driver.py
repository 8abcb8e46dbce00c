from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench.drivers.environment import Environment
from bench.drivers.ports import MAX_PORTS
from bench.drivers.tcp import TcpDriver
from bench.errors import UsageError
from bench.libbpf.compiler import source_dir
from bench.spec import Cell

MakeCell = Callable[..., Cell]
DRIVER = TcpDriver()
PROGRAM = DRIVER.program


@pytest.fixture
def tcp_cell(make_cell: MakeCell) -> MakeCell:
    return lambda **changes: make_cell(**({"program": "tcp", "load_hz": 5_000} | changes))


def test_ports_are_passed_as_16_bit_numbers(tcp_cell: MakeCell, environment: Environment) -> None:
    assert DRIVER.constants(tcp_cell(), environment) == {
        "server_ports": b"\x20\x4e\x21\x4e",
        "server_port_count": 2,
        "netns_cookie": 0,
        "both_ends": 0,
    }


def test_both_ends_are_met_where_a_cell_says_so(
    tcp_cell: MakeCell, environment: Environment
) -> None:
    for ends, both in (("server", 0), ("both", 1)):
        assert DRIVER.constants(tcp_cell(ends=ends), environment)["both_ends"] == both


def test_more_ports_than_the_program_takes_are_refused(
    tcp_cell: MakeCell, environment: Environment
) -> None:
    most = replace(environment, ports=tuple(range(1, MAX_PORTS + 1)))
    assert DRIVER.constants(tcp_cell(), most)["server_port_count"] == MAX_PORTS
    more = replace(environment, ports=tuple(range(1, MAX_PORTS + 2)))
    with pytest.raises(UsageError, match="17 server ports, programs take 16"):
        DRIVER.constants(tcp_cell(), more)


def test_the_c_side_takes_as_many_ports() -> None:
    source: Path = source_dir() / "ports.h"
    assert f"#define MAX_PORTS {MAX_PORTS}\n" in source.read_text()


def test_connections_of_one_network_namespace_are_counted(
    tcp_cell: MakeCell, environment: Environment
) -> None:
    here = replace(environment, netns_cookie=4711)
    assert DRIVER.constants(tcp_cell(), here)["netns_cookie"] == 4711
