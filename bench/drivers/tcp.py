"""Drives ``tcp``: it is given whose connections to meet."""

from __future__ import annotations

from bench.drivers.base import Driver
from bench.drivers.environment import Environment, Subject
from bench.drivers.ports import port_constants
from bench.drivers.seeding import Seeder
from bench.programs.seeding import seeded_of
from bench.programs.tcp import Tcp, ends_of
from bench.spec import Cell, Ends


class TcpDriver(Driver):
    """Connections of the load arm its timers, at one end or at both."""

    program = Tcp()

    def constants(self, cell: Cell, environment: Environment) -> dict[str, int | bytes]:
        """The ports whose connections are measured, and at which ends."""
        return {
            **port_constants(environment.ports),
            "netns_cookie": environment.netns_cookie,
            "both_ends": int(cell.ends is Ends.BOTH),
        }

    def seeder(self, subject: Subject, cell: Cell, environment: Environment) -> Seeder | None:
        """Its connections, on the CPUs that the load's would be met on."""
        if not seeded_of(cell):
            return None
        return Seeder(subject, cell, environment, ends_of(cell), environment.load_cpus)
