"""BCC observer: softirq time and count per vector; ksoftirqd time, delay and wake-ups."""

from __future__ import annotations

import mmap
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.errors import BenchError
from bench.observers.base import VECTORS, Observer, ObserverSnapshot
from bench.observers.bcc_build import HOOKS, build_facts, compiled_program
from bench.observers.procfs import softirq_counts
from bench.record import ObserverInfo
from bench.spec import ObserverName

Slots = npt.NDArray[np.void]
"""A ``struct cpu_slot`` per possible CPU, see ``bpf/observers/softirq.bcc.c``."""
STABLE_TRIES = 50
"""Copies of one CPU's slot before it is taken as it is; each takes about a microsecond."""


class BccObserver(Observer):
    """Raw tracepoints feeding one slot per CPU, which snapshots read without a system call.

    The tracepoints are attached only while started; the kernel detaches them by itself
    when the process ends in any way. One instance at a time can be started in a process.

    Args:
        ksoftirqd: CPU -> pid of its ksoftirqd thread.
    """

    name = ObserverName.BCC

    def __init__(self, ksoftirqd: Mapping[int, int]) -> None:
        """Remember the threads; compiling is left to the first :meth:`start`."""
        self._ksoftirqd = dict(ksoftirqd)
        self._program: Any = None
        self._slots: Slots | None = None

    def start(self) -> None:
        """Compile once per process, then attach.

        Raises:
            BenchError: It is started already, or this host cannot build or attach it.
        """
        program = compiled_program()
        if program.raw_tracepoint_fds:
            raise BenchError("a BCC observer is started already in this process")
        slots = _mapped(program)
        _prepare(slots, self._ksoftirqd)
        self._program, self._slots = program, slots
        try:
            for tracepoint, function in HOOKS.items():
                program.attach_raw_tracepoint(tracepoint.encode(), function.encode())
        except Exception as error:  # BCC raises plain Exception for everything
            self.stop()
            raise BenchError(
                f"BCC observer cannot be attached: {error}", remedy="Use `--observer procfs`"
            ) from error

    def stop(self) -> None:
        """Detach; does nothing when not started."""
        if self._program is not None:
            for tracepoint in reversed(list(self._program.raw_tracepoint_fds)):
                self._program.detach_raw_tracepoint(tracepoint)
        self._program = self._slots = None

    def snapshot(self) -> ObserverSnapshot:
        """The figures as of now, including the elapsed part of what is running or waiting.

        Raises:
            BenchError: The observer is not started, or ``/proc/softirqs`` cannot be read.
        """
        if self._slots is None:
            raise BenchError("the BCC observer is not started")
        slots = np.array([_stable(self._slots[cpu : cpu + 1]) for cpu in range(len(self._slots))])
        now = time.monotonic_ns()
        return summed(slots, now, softirq_counts())

    def info(self) -> ObserverInfo:
        """BCC's version, and the kernel headers it was compiled with."""
        return ObserverInfo(name=self.name.value, detail=build_facts())


def _mapped(program: Any) -> Slots:
    table = program[b"cpu_slots"]
    layout = np.dtype(table.Leaf)
    size = layout.itemsize * table.max_entries
    pages = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
    memory = mmap.mmap(table.map_fd, pages, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
    return np.frombuffer(memory, dtype=layout, count=table.max_entries)


def _prepare(slots: Slots, ksoftirqd: Mapping[int, int]) -> None:
    """Forget what was running when the hooks were last detached; totals are kept."""
    for field in ("since_ns", "on_since_ns", "ready_since_ns"):
        slots[field] = 0
    for cpu, pid in ksoftirqd.items():
        if slots["pid"][cpu] != pid:
            slots["pid"][cpu], slots["task"][cpu] = pid, 0


def _stable(slot: Slots) -> np.void:
    """A copy of one slot in which no event fell; counters only grow, so equal = untouched."""
    copy = slot.tobytes()
    for _ in range(STABLE_TRIES):
        before, copy = copy, slot.tobytes()
        if before == copy:
            break
    value: np.void = np.frombuffer(copy, dtype=slot.dtype)[0]
    return value


def summed(slots: Slots, now: int, total: dict[str, int] | None = None) -> ObserverSnapshot:
    """Totals over all CPUs at CLOCK_MONOTONIC ``now``, ns.

    Args:
        slots: Array of shape (CPUs,), a stable copy of the slots.
        now: Not before the copies were made; intervals not ended are counted up to it.
        total: Softirqs by the kernel's own count: it shows what our hooks did not see.
    """
    time_ns = slots["ns"].sum(axis=0)
    for slot in slots[slots["since_ns"] > 0]:
        time_ns[slot["vector"]] += _elapsed(slot["since_ns"], now)
    running = sum(_elapsed(since, now) for since in slots["on_since_ns"])
    waiting = sum(_elapsed(since, now) for since in slots["ready_since_ns"])
    return ObserverSnapshot(
        t_ns=now,
        softirq_ns=_by_vector(time_ns),
        softirq_count=_by_vector(slots["count"].sum(axis=0)),
        softirq_total=total,
        cpu_ns=int(slots["cpu_ns"].sum()) + running,
        runq_delay_ns=int(slots["runq_delay_ns"].sum()) + waiting,
        wakeups=int(slots["wakeups"].sum()),
    )


def _elapsed(since: np.uint64, now: int) -> int:
    return max(now - int(since), 0) if since else 0


def _by_vector(values: npt.NDArray[np.uint64]) -> dict[str, int]:
    """Vectors the kernel does not have yet appear under their number, once they occur."""
    unknown = {f"vec{n}": int(values[n]) for n in range(len(VECTORS), len(values)) if values[n]}
    return {name: int(values[n]) for n, name in enumerate(VECTORS)} | unknown
