"""Engine ``bpf_scan``: a BPF program looks at every entry of the map and deletes what is due,
each time that user space runs it. Nothing is copied, but it keeps its CPU for the whole map.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.drivers.activity import Activity
from bench.drivers.environment import Environment
from bench.drivers.session import BpfSession
from bench.engines.base import EngineObject
from bench.engines.collector import Collector
from bench.spec import Cell, Engine

PROGRAM = "scan"


class BpfScan(EngineObject):
    """A process that runs the scan once a period."""

    engine = Engine.BPF_SCAN

    def collectors(
        self, session: BpfSession, cell: Cell, environment: Environment
    ) -> Sequence[Activity]:
        """The process."""
        program = session.program_fd(PROGRAM)
        return (Collector(session, cell, ("run", program), (program,)),)
