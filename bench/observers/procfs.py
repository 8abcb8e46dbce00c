"""Observers that attach nothing: what /proc has, and the bare minimum of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from bench.host.ksoftirqd import thread_time
from bench.host.softirqs import PROC, softirq_counts
from bench.observers.base import Observer, ObserverSnapshot
from bench.record import ObserverInfo
from bench.spec import ObserverName


class ProcfsObserver(Observer):
    """Softirq counts from /proc/softirqs and ksoftirqd from schedstat; no softirq time.

    Args:
        ksoftirqd: CPU -> pid of its ksoftirqd thread.
        proc: Where procfs is mounted.
    """

    name = ObserverName.PROCFS

    def __init__(self, ksoftirqd: Mapping[int, int], proc: Path = PROC) -> None:
        """Remember the threads; nothing is read yet."""
        self._pids = tuple(ksoftirqd.values())
        self._proc = proc

    def start(self) -> None:
        """Check that /proc has the figures.

        Raises:
            BenchError: It has not.
        """
        self.snapshot()

    def stop(self) -> None:
        """Nothing is attached."""

    def snapshot(self) -> ObserverSnapshot:
        """The figures as of now; times may lag by one tick.

        Raises:
            BenchError: A ksoftirqd thread is gone, or /proc is not readable.
        """
        spent = thread_time(self._pids, self._proc)
        counts = self._softirq_count()
        return ObserverSnapshot(
            t_ns=time.monotonic_ns(),
            softirq_ns=None,
            softirq_count=counts,
            softirq_total=counts,
            cpu_ns=spent.cpu_ns,
            runq_delay_ns=spent.runq_delay_ns,
            wakeups=None,
        )

    def _softirq_count(self) -> dict[str, int] | None:
        return softirq_counts(self._proc)

    def info(self) -> ObserverInfo:
        """The files that were read."""
        return ObserverInfo(name=self.name.value, detail={"source": self._source()})

    def _source(self) -> str:
        return "/proc/softirqs, /proc/PID/schedstat"


class NullObserver(ProcfsObserver):
    """Only the scheduler's account of ksoftirqd: what is there without observing."""

    name = ObserverName.NONE

    def _softirq_count(self) -> None:
        return None

    def _source(self) -> str:
        return "/proc/PID/schedstat"
