"""Observers by name; the one asked for is the one that is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bench.observers.base import Observer
from bench.observers.bcc_observer import BccObserver
from bench.observers.core_observer import CoreObserver
from bench.observers.procfs import NullObserver, ProcfsObserver
from bench.observers.usual import UsualObserver
from bench.spec import ObserverName

OBSERVERS: dict[ObserverName, Callable[[Mapping[int, int]], Observer]] = {
    ObserverName.AUTO: UsualObserver,
    ObserverName.BCC: BccObserver,
    ObserverName.CORE: CoreObserver,
    ObserverName.PROCFS: ProcfsObserver,
    ObserverName.NONE: NullObserver,
}


def make_observer(name: ObserverName, ksoftirqd: Mapping[int, int]) -> Observer:
    """An observer that is not started yet.

    Args:
        name: Which one; ``auto`` chooses, of the others no other is tried.
        ksoftirqd: CPU -> pid of its ksoftirqd thread.
    """
    return OBSERVERS[name](ksoftirqd)
