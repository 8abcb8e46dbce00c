"""What every observer offers: cumulative figures, taken as snapshots and subtracted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from bench.record import ObserverInfo
from bench.resources import Resource
from bench.spec import ObserverName


@dataclass(frozen=True, slots=True, kw_only=True)
class ObserverSnapshot:
    """Cumulative figures of the whole host; None where the observer does not measure it.

    Only differences of two snapshots of the same observer mean anything.

    Attributes:
        t_ns: When it was taken, CLOCK_MONOTONIC; in a difference, the time between. Where CPUs
            are read one after another, the mean of their moments.
        softirq_ns: Vector -> time in softirqs, all CPUs, that the observer saw.
        softirq_count: Vector -> softirqs entered, all CPUs, that the observer saw.
        thread_ns: Of ``softirq_ns``, what ran over ksoftirqd threads; all of it is seen.
        thread_count: Of ``softirq_count``, the same.
        softirq_total: Vector -> softirqs entered, all CPUs, by the kernel's own count.
        cpu_ns: Time that the ksoftirqd threads were on a CPU.
        runq_delay_ns: Time that the ksoftirqd threads were runnable without a CPU.
        wakeups: Wake-ups of ksoftirqd threads.
        missed: Hook -> runs that the kernel left out, because the hook ran on that CPU already.
    """

    t_ns: int
    softirq_ns: dict[str, int] | None
    softirq_count: dict[str, int] | None
    softirq_total: dict[str, int] | None
    cpu_ns: int
    runq_delay_ns: int | None
    wakeups: int | None
    thread_ns: dict[str, int] | None = None
    thread_count: dict[str, int] | None = None
    missed: dict[str, int] | None = None

    def since(self, earlier: ObserverSnapshot) -> ObserverSnapshot:
        """What happened after ``earlier``, a snapshot of the same observer."""
        return ObserverSnapshot(
            t_ns=self.t_ns - earlier.t_ns,
            softirq_ns=_each_minus(self.softirq_ns, earlier.softirq_ns),
            softirq_count=_each_minus(self.softirq_count, earlier.softirq_count),
            softirq_total=_each_minus(self.softirq_total, earlier.softirq_total),
            cpu_ns=self.cpu_ns - earlier.cpu_ns,
            runq_delay_ns=_minus(self.runq_delay_ns, earlier.runq_delay_ns),
            wakeups=_minus(self.wakeups, earlier.wakeups),
            thread_ns=_each_minus(self.thread_ns, earlier.thread_ns),
            thread_count=_each_minus(self.thread_count, earlier.thread_count),
            missed=_each_minus(self.missed, earlier.missed),
        )


def _minus(now: int | None, earlier: int | None) -> int | None:
    return None if now is None or earlier is None else now - earlier


def _each_minus(
    now: Mapping[str, int] | None, earlier: Mapping[str, int] | None
) -> dict[str, int] | None:
    if now is None or earlier is None:
        return None
    return {name: value - earlier.get(name, 0) for name, value in now.items()}


class Observer(Resource, ABC):
    """A source of softirq and ksoftirqd figures; a context manager over start and stop.

    Attributes:
        name: Which observer this is, as a cell asks for it.
    """

    name: ClassVar[ObserverName]

    @abstractmethod
    def start(self) -> None:
        """Begin to observe. Costs nothing to the host before it, and after :meth:`stop`.

        Raises:
            BenchError: This host cannot be observed in this way; the remedy says what helps.
        """

    @abstractmethod
    def stop(self) -> None:
        """Remove everything that was attached; does nothing when not started."""

    @abstractmethod
    def snapshot(self) -> ObserverSnapshot:
        """The figures as of now.

        Raises:
            BenchError: The observer is not started, or a ksoftirqd thread is gone.
        """

    @abstractmethod
    def info(self) -> ObserverInfo:
        """Name and facts about the build, for the record."""

    @property
    def remark(self) -> str:
        """What the user should be told of it, once it is started; empty if nothing."""
        return ""

    def _open(self) -> None:
        self._held.callback(self.stop)
        self.start()
