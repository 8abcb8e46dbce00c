"""Engine ``bpf_sweep``: one timer scans the map in BPF, a 64th at each tick, and deletes what is
due. Nothing in user space takes part, and no CPU is kept for longer than a part takes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench import abi
from bench.drivers.activity import Activity
from bench.drivers.environment import Environment
from bench.drivers.session import BpfSession
from bench.engines.base import EngineObject
from bench.errors import BenchError, errno_text
from bench.resources import Resource
from bench.spec import Cell, Engine

COUNTED = ("scans", "scanned", "scan_ns")
"""What the timer counts; its CPU time is that of the HRTIMER softirq."""


class Sweeper(Resource):
    """The timer, which ticks from its start until it is stopped: an activity.

    Its counts: ``gc_scans`` (of the whole table), ``gc_scanned`` (entries looked at) and
    ``gc_scan_ns`` (time of its callbacks).
    """

    def __init__(self, session: BpfSession) -> None:
        """Nothing ticks yet."""
        self._session, self._ticks = session, False

    def _open(self) -> None:
        """Look at its counts."""
        self._counts = self._session.map("scans").view(abi.SCAN_COUNTS)
        self._held.callback(self._drop_view)

    def _drop_view(self) -> None:
        del self._counts

    def start(self) -> None:
        """Let it tick.

        Raises:
            BenchError: The kernel refused the timer.
        """
        result = self._session.run("sweep_start", np.zeros(1, abi.CENSUS_ARGS))
        if result:
            raise BenchError(f"the sweeping timer was not started: {errno_text(-result)}")
        self._ticks = True

    def counts(self) -> dict[str, int]:
        """What it did so far."""
        return {f"gc_{name}": int(self._counts[name][0]) for name in COUNTED}

    def stop(self) -> None:
        """Let it tick no more; its callback has ended then."""
        if self._ticks:
            self._ticks = False
            self._session.run("sweep_stop", np.zeros(1, abi.CENSUS_ARGS))


class BpfSweep(EngineObject):
    """A timer beside the program, which only writes down when an entry is due."""

    engine = Engine.BPF_SWEEP

    def collectors(
        self, session: BpfSession, cell: Cell, environment: Environment
    ) -> Sequence[Activity]:
        """The timer."""
        return (Sweeper(session),)
