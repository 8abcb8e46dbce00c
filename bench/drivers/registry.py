"""The drivers of all programs under test, by the program's name."""

from __future__ import annotations

from bench.drivers.base import Driver
from bench.drivers.churn import ChurnDriver
from bench.drivers.external import ExternalDriver
from bench.drivers.resident import ResidentDriver
from bench.drivers.sampler import SamplerDriver
from bench.drivers.tcp import TcpDriver
from bench.drivers.xdp_gc import TcGcDriver, XdpGcDriver
from bench.drivers.xdp_health import XdpHealthDriver
from bench.programs.registry import find
from bench.spec import Cell

DRIVERS: dict[str, Driver] = {
    driver.program.name: driver
    for driver in (
        ResidentDriver(),
        TcpDriver(),
        SamplerDriver(),
        XdpGcDriver(),
        TcGcDriver(),
        XdpHealthDriver(),
        ChurnDriver(),
        ExternalDriver(),
    )
}


def find_driver(name: str) -> Driver:
    """The driver of the program of this name.

    Raises:
        UsageError: There is none; the known names are listed.
    """
    return DRIVERS[find(name).name]


def fitted(cell: Cell) -> Cell:
    """The cell as this host measures it: axes that its program does not know are None.

    Raises:
        UsageError: Unknown program.
    """
    return find_driver(cell.program).fit(find(cell.program).normalise(cell))
