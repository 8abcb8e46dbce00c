"""A process that scans a table once a period, or has the kernel scan it: an activity.

It is ``bpf/collector/loop.c``.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from bench import abi
from bench.child import Child
from bench.drivers.environment import LATENESS_CLOCKS
from bench.drivers.objects import COLLECTOR_LOOP
from bench.drivers.session import BpfSession
from bench.errors import BenchError
from bench.host.cpus import find_cpus
from bench.libbpf import compiler
from bench.resources import Resource
from bench.spec import Cell
from bench.words.plurals import counted

START_S = 30.0
END_S = 30.0
"""A scan that has begun ends before the process does."""


class Collector(Resource):
    """The process, which scans from its start until it is stopped.

    Its counts: ``gc_scans``, ``gc_scanned`` (entries looked at), ``gc_scan_ns`` (time of the
    scans) and ``gc_cpu_ns`` (CPU time of the process).

    Args:
        session: Has the maps ``slots`` and ``scans``, which the process writes.
        cell: With the period.
        how: Its last arguments: what a scan is.
        pass_fds: Descriptors that these name.
    """

    def __init__(
        self, session: BpfSession, cell: Cell, how: Sequence[str | int], pass_fds: Sequence[int]
    ) -> None:
        """Nothing runs yet."""
        slots, scans = session.map("slots").fd, session.map("scans").fd
        clock, period_ns = LATENESS_CLOCKS[cell.clock], cell.number("gc_period_ns")
        words = (slots, find_cpus().slots, scans, clock, period_ns, *how)
        self._command = [str(word) for word in words]
        self._fds = (slots, scans, *pass_fds)
        self._scans, self._ended = session.map("scans"), False

    def _drop_view(self) -> None:
        del self._counts

    def _open(self) -> None:
        """Start the process; it waits.

        Raises:
            BenchError: It cannot be compiled or started.
        """
        self._counts = self._scans.view(abi.SCAN_COUNTS)
        self._held.callback(self._drop_view)
        self._process = self._held.enter_context(
            Child(
                [compiler.executable(*COLLECTOR_LOOP), *self._command],
                what="the collector",
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=self._fds,
                grace_s=END_S,
            )
        )
        if self._process.line("start", START_S) != b"ready":
            raise BenchError("the collector did not start")

    def start(self) -> None:
        """Begin to scan."""
        self._process.send(b"\n", "scan")

    def counts(self) -> dict[str, int]:
        """What it did so far.

        Raises:
            BenchError: It died.
        """
        if not self._ended and self._process.code is not None:
            raise self._process.died("scan")
        found = self._counts[0]
        return {f"gc_{name}": int(found[name]) for name in abi.SCAN_COUNTS.names or ()}

    def stop(self) -> None:
        """Scan no more, once the scan that runs has ended.

        Raises:
            BenchError: It died, or does not end.
        """
        if self._ended:
            return
        self._ended = True
        self._process.close_input()
        if self._process.wait(END_S) is None:
            raise self._process.silent(f"it did not end within {counted(int(END_S), 'second')}")
        if self._process.code:
            raise self._process.died("scan")
