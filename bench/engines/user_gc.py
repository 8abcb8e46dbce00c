"""Engine ``user_gc``: user space scans the map and deletes what is due, as collectors of
connection tables do. Its lateness is about half its period, and its cost grows with the map.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bench import abi
from bench.drivers.activity import Activity
from bench.drivers.environment import LATENESS_CLOCKS, Environment
from bench.drivers.session import BpfSession
from bench.engines.base import EngineObject
from bench.histogram import Histogram
from bench.libbpf import batch
from bench.libbpf.maps import BpfMap
from bench.resources import Resource
from bench.spec import Cell, Engine
from bench.threads import DriverThreads
from bench.units import NS_PER_S

END_S = 30.0


class UserGc(Resource):
    """A thread that scans once a period until it is stopped; an activity.

    Args:
        table: The map ``timers``; ``entry.armed`` says when an entry is due.
        slot: User space's slot, shape (1,), dtype abi.SLOT, where it counts what it collects.
        clock: Clock of the due times.
        period_ns: From the beginning of a scan to that of the next.
        size: Elements of a batch.
    """

    def __init__(
        self, table: BpfMap, slot: npt.NDArray[np.void], clock: int, *, period_ns: int, size: int
    ) -> None:
        """Nothing is scanned yet."""
        self._table, self._slot, self._clock = table, slot, clock
        self._period_ns, self._size = period_ns, size
        self._thread = DriverThreads("the user-space collector", self._run, end_s=END_S)
        self._held.enter_context(self._thread)
        self._counts = {"gc_scans": 0, "gc_scanned": 0, "gc_scan_ns": 0, "gc_cpu_ns": 0}

    def start(self) -> None:
        """Begin to scan."""
        self._thread.start()

    def counts(self) -> dict[str, int]:
        """Scans, elements looked at, time of scans, and CPU time of the thread."""
        self._thread.check()
        return dict(self._counts)

    def stop(self) -> None:
        """Scan no more."""
        self._thread.stop()

    def _run(self) -> None:
        due = time.monotonic_ns()
        while not self._thread.stopping.is_set():
            self._scan()
            due = max(due + self._period_ns, time.monotonic_ns())
            self._thread.stopping.wait((due - time.monotonic_ns()) / NS_PER_S)

    def _scan(self) -> None:
        begin = time.monotonic_ns()
        for keys, values in batch.batches(self._table, self._size):
            self._counts["gc_scanned"] += len(keys)
            due = values.view(abi.ENTRY)["armed"].reshape(-1)
            expired = due <= time.clock_gettime_ns(self._clock)
            if expired.any():
                self._collect(keys[expired], due[expired])
        self._counts["gc_scans"] += 1
        self._counts["gc_scan_ns"] += time.monotonic_ns() - begin
        self._counts["gc_cpu_ns"] = time.thread_time_ns()

    def _collect(self, keys: batch.Bytes, due: npt.NDArray[np.uint64]) -> None:
        """Delete entries; those that are gone already, evicted from an LRU map, are counted."""
        start = 0
        while start < len(keys):
            deleted = batch.delete(self._table, keys[start:])
            now = time.clock_gettime_ns(self._clock)
            self._record(now - due[start : start + deleted].astype(np.int64))
            start += deleted
            if start < len(keys):
                self._slot["collect_failed"][0, errno.ENOENT] += 1
                start += 1

    def _record(self, late_ns: npt.NDArray[np.int64]) -> None:
        """Count collected entries as a callback would, when the deletion has returned."""
        seen, slot = Histogram.of(late_ns), self._slot[0]
        if seen.min_ns is not None and seen.max_ns is not None:
            slot["lateness_min_ns"] = min(int(slot["lateness_min_ns"]), seen.min_ns)
            slot["lateness_max_ns"] = max(int(slot["lateness_max_ns"]), seen.max_ns)
        slot["lateness"] += seen.counts
        slot["lateness_sum_ns"] += seen.total_ns
        slot["negative"] += seen.negative
        slot["overflow"] += seen.overflow
        slot["collected"] += len(late_ns)
        slot["fired"] += len(late_ns)


class CollectorEngine(EngineObject):
    """A collector beside the program, which only writes down when an entry is due."""

    engine = Engine.USER_GC

    def collectors(
        self, session: BpfSession, cell: Cell, environment: Environment
    ) -> Sequence[Activity]:
        """The collector's thread."""
        return (
            UserGc(
                session.map("timers"),
                session.user_slot,
                LATENESS_CLOCKS[cell.clock],
                period_ns=cell.number("gc_period_ns"),
                size=cell.number("gc_batch"),
            ),
        )
