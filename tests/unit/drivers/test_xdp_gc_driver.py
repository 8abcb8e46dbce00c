"""What the XDP programs make of cells; no kernel."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.drivers.environment import Environment
from bench.drivers.xdp_gc import XdpGcDriver
from bench.flood.flood import PORT
from bench.spec import Cell
from bench.units import NS_PER_MS

MakeCell = Callable[..., Cell]
DRIVER = XdpGcDriver()
GC = DRIVER.program


@pytest.fixture
def gc(make_cell: MakeCell) -> MakeCell:
    def make(load_hz: int | None = 0, **options: object) -> Cell:
        base = {"map_size": 10_000, "timeout_ns": 100 * NS_PER_MS, "load_hz": load_hz}
        return GC.normalise(make_cell(program="xdp_gc", options=options, **base))

    return make


def test_ports_are_told_to_the_program(gc: MakeCell, environment: Environment) -> None:
    assert DRIVER.constants(gc(load_hz=1), environment) == {
        "server_ports": b"\x20\x4e\x21\x4e",
        "server_port_count": 2,
        "flood_port": PORT,
    }
