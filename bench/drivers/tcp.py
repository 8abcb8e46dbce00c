"""Drives ``tcp``: it is given whose connections to meet."""

from __future__ import annotations

from bench.drivers.base import Driver
from bench.drivers.environment import Environment
from bench.drivers.ports import port_constants
from bench.programs.tcp import Tcp
from bench.spec import Cell


class TcpDriver(Driver):
    """Connections of the load arm its timers."""

    program = Tcp()

    def constants(self, cell: Cell, environment: Environment) -> dict[str, int | bytes]:
        """The ports whose connections are measured."""
        return {**port_constants(environment.ports), "netns_cookie": environment.netns_cookie}
