"""Observers by name; the one asked for is the one that is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bench.observers.base import Observer
from bench.observers.bcc_observer import BccObserver
from bench.observers.procfs import NullObserver, ProcfsObserver
from bench.spec import ObserverName

OBSERVERS: dict[ObserverName, Callable[[Mapping[int, int]], Observer]] = {
    ObserverName.BCC: BccObserver,
    ObserverName.PROCFS: ProcfsObserver,
    ObserverName.NONE: NullObserver,
}


def make_observer(name: ObserverName, ksoftirqd: Mapping[int, int]) -> Observer:
    """An observer that is not started yet.

    Args:
        name: Which one; no other is tried when it does not work here.
        ksoftirqd: CPU -> pid of its ksoftirqd thread.
    """
    return OBSERVERS[name](ksoftirqd)
