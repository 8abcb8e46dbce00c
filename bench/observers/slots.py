"""What the hooks of ``bpf/observers/softirq.h`` count, read without a system call.

A slot per CPU that only that CPU writes. Whoever loads the hooks, BCC or libbpf, the slots and
what is made of them are the same.
"""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bench import abi
from bench.errors import BenchError
from bench.host.softirqs import softirq_counts, vectors
from bench.libbpf.raw import known_misses
from bench.observers.base import Observer, ObserverSnapshot

Slots = npt.NDArray[np.void]
"""A ``struct cpu_slot`` per possible CPU, dtype :data:`bench.abi.CPU_SLOT`."""
STABLE_TRIES = 50
"""Copies of one CPU's slot before it is taken as it is; each takes about a microsecond."""
HOOKS = {
    "sched_switch": "on_sched_switch",
    "sched_wakeup": "on_sched_wakeup",
    "softirq_exit": "on_softirq_exit",
    "softirq_entry": "on_softirq_entry",
}
"""Tracepoint -> function of the sources, in the order of attaching, which takes some
milliseconds each: a hook that ends an interval comes before the one that begins it.
"""


class SlotsObserver(Observer):
    """Hooks on softirqs and the scheduler that feed one slot per CPU.

    They are attached only while started; the kernel detaches them by itself when the process
    ends in any way.

    Args:
        ksoftirqd: CPU -> pid of its ksoftirqd thread.
    """

    def __init__(self, ksoftirqd: Mapping[int, int]) -> None:
        """Remember the threads; nothing is built or loaded before the first :meth:`start`."""
        self._ksoftirqd = dict(ksoftirqd)
        self._slots: Slots | None = None

    @abstractmethod
    def _load(self) -> Slots:
        """Load the hooks if they are not; their slots, shared with the kernel."""

    @abstractmethod
    def _attach(self) -> None:
        """Attach the hooks in the order of HOOKS."""

    @abstractmethod
    def _detach(self) -> None:
        """Detach what is attached, however far it got."""

    @abstractmethod
    def _programs(self) -> Mapping[str, int]:
        """Function of each hook -> file descriptor of its program."""

    def start(self) -> None:
        """Load and attach.

        Raises:
            BenchError: It is started already, or this host cannot build or attach it.
        """
        if self._slots is not None:
            raise BenchError(f"this {self.name} observer is started already")
        try:
            slots = self._load()
            _prepare(slots, self._ksoftirqd)
            self._attach()
        except BaseException:
            self._detach()
            raise
        self._slots = slots

    def stop(self) -> None:
        """Detach; does nothing when not started."""
        if self._slots is not None:
            self._slots = None
            self._detach()

    def snapshot(self) -> ObserverSnapshot:
        """The figures as of now, including the elapsed part of what is running or waiting.

        Raises:
            BenchError: The observer is not started, or ``/proc/softirqs`` cannot be read.
        """
        if self._slots is None:
            raise BenchError(f"the {self.name} observer is not started")
        read = [_stable(self._slots[cpu : cpu + 1]) for cpu in range(len(self._slots))]
        return summed(
            np.array([slot for slot, _ in read]),
            [now for _, now in read],
            total=softirq_counts(),
            missed=known_misses(self._programs()),
        )


def _prepare(slots: Slots, ksoftirqd: Mapping[int, int]) -> None:
    """Forget what was running when the hooks were last detached; totals are kept."""
    for field in ("since_ns", "on_since_ns", "ready_since_ns"):
        slots[field] = 0
    for cpu, pid in ksoftirqd.items():
        if slots["pid"][cpu] != pid:
            slots["pid"][cpu], slots["task"][cpu] = pid, 0


def _stable(slot: Slots) -> tuple[np.void, int]:
    """A copy of one slot, and a reading of CLOCK_MONOTONIC, ns, at which it was like that.

    Counters only grow, so that two equal copies say that no event fell between them, nor
    between either and the clock, which is read between them.
    """
    copy = slot.tobytes()
    for _ in range(STABLE_TRIES):
        before, now = copy, time.monotonic_ns()
        copy = slot.tobytes()
        if before == copy:
            break
    value: np.void = np.frombuffer(copy, dtype=slot.dtype)[0]
    return value, now


def summed(
    slots: Slots,
    moments: list[int],
    *,
    total: dict[str, int] | None = None,
    missed: dict[str, int] | None = None,
) -> ObserverSnapshot:
    """Totals over all CPUs.

    Args:
        slots: Array of shape (CPUs,), a stable copy of the slots.
        moments: When each was like that, CLOCK_MONOTONIC ns; intervals not ended are counted up
            to it.
        total: Softirqs by the kernel's own count: it shows what our hooks did not see.
        missed: Runs of the hooks that the kernel left out.
    """
    time_ns, thread_ns = slots["ns"].sum(axis=0), slots["thread_ns"].sum(axis=0)
    for slot, now in zip(slots, moments, strict=True):
        elapsed = _elapsed(slot["since_ns"], now)
        time_ns[slot["vector"]] += elapsed
        thread_ns[slot["vector"]] += elapsed if slot["on_since_ns"] else 0
    return ObserverSnapshot(
        t_ns=sum(moments) // len(moments),
        softirq_ns=_by_vector(time_ns),
        softirq_count=_by_vector(slots["count"].sum(axis=0)),
        softirq_total=total,
        thread_ns=_by_vector(thread_ns),
        thread_count=_by_vector(slots["thread_count"].sum(axis=0)),
        cpu_ns=int(slots["cpu_ns"].sum()) + _open(slots["on_since_ns"], moments),
        runq_delay_ns=int(slots["runq_delay_ns"].sum()) + _open(slots["ready_since_ns"], moments),
        wakeups=int(slots["wakeups"].sum()),
        missed=missed,
    )


def _open(starts: npt.NDArray[np.uint64], moments: list[int]) -> int:
    """Time in intervals that have not ended."""
    return sum(_elapsed(start, now) for start, now in zip(starts, moments, strict=True))


def _elapsed(since: np.uint64, now: int) -> int:
    return max(now - int(since), 0) if since else 0


def _by_vector(values: npt.NDArray[np.uint64]) -> dict[str, int]:
    """Vectors that the kernel has no name for appear under their number, once they occur."""
    names = vectors()
    unknown = {f"vec{n}": int(values[n]) for n in range(len(names), len(values)) if values[n]}
    return {name: int(values[n]) for n, name in enumerate(names)} | unknown


class _Member(NamedTuple):
    name: str
    offset: int
    size: int


def same_layout(layout: np.dtype[np.void]) -> None:
    """Compare what a compiler made of ``struct cpu_slot`` with :mod:`bench.abi`.

    Raises:
        BenchError: They differ; the detail lists each difference.
    """
    members = [
        _Member(name, int(field[1]), int(field[0].itemsize))
        for name, field in (layout.fields or {}).items()
    ]
    differences = abi.mismatches(abi.CPU_SLOT, layout.itemsize, members)
    if differences:
        raise BenchError(
            "struct cpu_slot of the observer differs from bench/abi.py",
            remedy="Change bpf/observers/softirq.h and bench/abi.py together",
            detail="\n".join(differences),
        )
