"""Drives ``xdp_gc``: a flood, and the ports of the load."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.drivers.activity import Activity
from bench.drivers.base import Driver
from bench.drivers.environment import Environment, Subject
from bench.drivers.flooding import FloodActivity
from bench.drivers.ports import port_constants
from bench.flood.flood import PORT, FloodPlan
from bench.programs import flooding
from bench.programs.base import Counts
from bench.programs.census import Census
from bench.programs.xdp_gc import XdpGc
from bench.spec import Cell


class XdpGcDriver(Driver):
    """Packets of a flood or of connections push its timers back."""

    program = XdpGc()

    def constants(self, cell: Cell, environment: Environment) -> dict[str, int | bytes]:
        """The ports whose packets are measured: those of the load, and that of the flood."""
        return {**port_constants(environment.ports), "flood_port": PORT}

    def activities(
        self, subject: Subject, cell: Cell, environment: Environment
    ) -> Sequence[Activity]:
        """The flood."""
        if environment.veth is None or not flooding.floods(cell):
            return ()
        plan = FloodPlan(
            rate_hz=flooding.rate_hz(cell),
            flows=cell.number("flows"),
            ipv6=cell.option("packets_ip") == "ipv6",
        )
        return (FloodActivity(environment.veth, plan),)

    def gauges(self, look: Callable[[], Census], cell: Cell) -> Counts:
        """Flows in the table."""
        return {"flows_live": look().entries}
