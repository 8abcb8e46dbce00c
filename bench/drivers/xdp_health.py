"""Drives ``xdp_health``: packets of its backends, and their outages."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.drivers.activity import Activity
from bench.drivers.base import Driver
from bench.drivers.environment import LATENESS_CLOCKS, Environment, Subject
from bench.drivers.flooding import FloodActivity
from bench.drivers.outages import OutagePlan, Outages
from bench.flood.flood import PORT, FloodPlan
from bench.programs import flooding
from bench.programs.base import Counts
from bench.programs.census import Census
from bench.programs.xdp_health import XdpHealth
from bench.spec import Cell


class XdpHealthDriver(Driver):
    """A flood stands for the backends; some of them fall silent."""

    program = XdpHealth()

    def constants(self, cell: Cell, environment: Environment) -> dict[str, int | bytes]:
        """The port of the backends' packets."""
        return {"flood_port": PORT}

    def activities(
        self, subject: Subject, cell: Cell, environment: Environment
    ) -> Sequence[Activity]:
        """Packets of all backends in turn, and outages."""
        if environment.veth is None:
            return ()
        silenced = subject.map("silenced")
        flood = FloodPlan(
            rate_hz=flooding.rate_hz(cell),
            flows=cell.stated_map_size,
            ipv6=cell.option("packets_ip") == "ipv6",
        )
        packets = FloodActivity(environment.veth, flood, silenced)
        if not cell.number("outages_hz"):
            return (packets,)
        return packets, Outages(_plan(cell, environment), silenced, subject.map("outages"))

    def gauges(self, look: Callable[[], Census], cell: Cell) -> Counts:
        """Backends that are down: their timer is initialised, but runs no more."""
        found = look()
        return {"backends_down": found.inited - found.pending}


def _plan(cell: Cell, environment: Environment) -> OutagePlan:
    return OutagePlan(
        backends=cell.stated_map_size,
        rate_hz=cell.number("outages_hz"),
        length_ns=cell.number("outage_ns"),
        first_ns=cell.stated_timeout_ns,
        seed=environment.seed,
        clock=LATENESS_CLOCKS[cell.clock],
    )
