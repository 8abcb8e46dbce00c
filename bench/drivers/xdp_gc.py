"""Drives ``xdp_gc`` and ``tc_gc``: a flood, and the ports of the load."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.drivers.activity import Activity
from bench.drivers.base import Driver
from bench.drivers.environment import Environment, Subject
from bench.drivers.flooding import FloodActivity
from bench.drivers.ports import port_constants
from bench.drivers.residuals import evenly
from bench.drivers.seeding import Seeder, Seeds
from bench.flood.flood import PORT, FloodPlan, flow_zero, senders
from bench.programs import flooding
from bench.programs.base import Counts
from bench.programs.census import Census
from bench.programs.flooding import FlowOrder
from bench.programs.seeding import seeded_of
from bench.programs.tc_gc import TcGc
from bench.programs.xdp_gc import SEED_FLOOD, XdpGc
from bench.spec import Cell
from bench.spec.held import held_of


class XdpGcDriver(Driver):
    """Packets of a flood or of connections push its timers back."""

    program = XdpGc()

    def constants(self, cell: Cell, environment: Environment) -> dict[str, int | bytes]:
        """The ports whose packets are measured: those of the load, and that of the flood."""
        found = {**port_constants(environment.ports), "flood_port": PORT}
        if environment.veth is None or not flooding.floods(cell):
            return found
        return found | {"flood_flow": flow_zero(environment.veth, _plan(cell, environment)).key}

    def seeder(self, subject: Subject, cell: Cell, environment: Environment) -> Seeder | None:
        """Flows of connections that are over, on the CPUs that would have handled them.

        Those that a flood holds are its own.
        """
        if not seeded_of(cell):
            return None
        flooded = _flooded(cell, environment) if held_of(cell) and flooding.floods(cell) else None
        return Seeder(subject, cell, environment, 1, environment.load_cpus, flooded)

    def activities(
        self, subject: Subject, cell: Cell, environment: Environment
    ) -> Sequence[Activity]:
        """The flood."""
        if environment.veth is None or not flooding.floods(cell):
            return ()
        return (FloodActivity(environment.veth, _plan(cell, environment)),)

    def gauges(self, look: Callable[[], Census], cell: Cell) -> Counts:
        """Flows in the table."""
        return {"flows_live": look().entries}


class TcGcDriver(XdpGcDriver):
    """The same, met by a classifier of tc."""

    program = TcGc()


def _plan(cell: Cell, environment: Environment) -> FloodPlan:
    return FloodPlan(
        rate_hz=flooding.rate_hz(cell),
        flows=cell.number("flows"),
        order=FlowOrder(str(cell.option("flow_order"))),
        ipv6=cell.option("packets_ip") == "ipv6",
        protocol=flooding.protocol(cell),
        cpus=environment.cpus if cell.option("packets_cpus") == "all" else (),
    )


def _flooded(cell: Cell, environment: Environment) -> Seeds:
    """Flows whose last packet was within the last round: they have the rest of a timeout."""
    round_ns = flooding.round_ns(cell)
    assert round_ns is not None
    residuals = cell.stated_timeout_ns - round_ns + evenly(round_ns, held_of(cell))
    return Seeds(SEED_FLOOD, 0, residuals, senders(_plan(cell, environment)))
