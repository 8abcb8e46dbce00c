"""What every observer offers: cumulative figures, taken as snapshots and subtracted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from bench.record import ObserverInfo
from bench.resources import Resource
from bench.spec import ObserverName

VECTORS = (
    "hi",
    "timer",
    "net_tx",
    "net_rx",
    "block",
    "irq_poll",
    "tasklet",
    "sched",
    "hrtimer",
    "rcu",
)
"""Softirq vectors by number, lower case; source: enum in ``include/linux/interrupt.h``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObserverSnapshot:
    """Cumulative figures of the whole host; None where the observer does not measure it.

    Only differences of two snapshots of the same observer mean anything.

    Attributes:
        t_ns: When it was taken, CLOCK_MONOTONIC; in a difference, the time between.
        softirq_ns: Vector -> time in softirqs, all CPUs.
        softirq_count: Vector -> softirqs entered, all CPUs, that the observer saw.
        softirq_total: Vector -> softirqs entered, all CPUs, by the kernel's own count.
        cpu_ns: Time that the ksoftirqd threads were on a CPU.
        runq_delay_ns: Time that the ksoftirqd threads were runnable without a CPU.
        wakeups: Wake-ups of ksoftirqd threads.
    """

    t_ns: int
    softirq_ns: dict[str, int] | None
    softirq_count: dict[str, int] | None
    softirq_total: dict[str, int] | None
    cpu_ns: int
    runq_delay_ns: int | None
    wakeups: int | None

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
        )


def _minus(now: int | None, earlier: int | None) -> int | None:
    return None if now is None or earlier is None else now - earlier


def _each_minus(
    now: Mapping[str, int] | None, earlier: Mapping[str, int] | None
) -> dict[str, int] | None:
    if now is None or earlier is None:
        return None
    return {vector: value - earlier.get(vector, 0) for vector, value in now.items()}


class Observer(Resource, ABC):
    """A source of softirq and ksoftirqd figures; a context manager over start and stop.

    Attributes:
        name: Which observer this is; there is no silent substitute.
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

    def _open(self) -> None:
        self._held.callback(self.stop)
        self.start()
