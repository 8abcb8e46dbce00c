"""Engine ``user_gc``: user space scans the map and deletes what is due, as collectors of
connection tables do. Its lateness is about half its period, and its cost grows with the map.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.drivers.activity import Activity
from bench.drivers.environment import Environment
from bench.drivers.session import BpfSession
from bench.engines.base import EngineObject
from bench.engines.collector import Collector
from bench.spec import Cell, Engine


class UserGc(EngineObject):
    """A collector beside the program, which only writes down when an entry is due."""

    engine = Engine.USER_GC

    def collectors(
        self, session: BpfSession, cell: Cell, environment: Environment
    ) -> Sequence[Activity]:
        """A process that reads the table."""
        table = session.map("timers")
        how = ("read", table.fd, table.key_bytes, cell.number("gc_batch"))
        return (Collector(session, cell, how, (table.fd,)),)
