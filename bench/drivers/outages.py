"""Outages of backends on a seeded schedule: each falls silent for a time, one after another."""

from __future__ import annotations

import heapq
import itertools
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench import abi
from bench.libbpf.maps import BpfMap
from bench.resources import Resource
from bench.threads import DriverThreads
from bench.units import NS_PER_S

SINCE = np.dtype([("since_ns", "<u8")])
"""Value of the map ``silenced``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutagePlan:
    """What is to happen.

    Attributes:
        backends: How many there are; each falls silent once before any does so again.
        rate_hz: Outages that begin per second, each at a random time of its share.
        length_ns: How long each lasts.
        first_ns: Time from the start until the first may begin.
        seed: Of the order of backends and of the times.
        clock: ``clockid_t`` of the stamps.
    """

    backends: int
    rate_hz: int
    length_ns: int
    first_ns: int
    seed: int
    clock: int


@dataclass(frozen=True, slots=True)
class Change:
    """A backend falls silent, or ceases to be.

    Attributes:
        at_ns: Time since the start.
    """

    at_ns: int
    backend: int
    silent: bool


def changes(plan: OutagePlan) -> Iterator[Change]:
    """The schedule, in order of time, without end; the same for the same plan."""
    begun = (Change(at_ns, backend, True) for at_ns, backend in _beginnings(plan))
    ended = (Change(at + plan.length_ns, backend, False) for at, backend in _beginnings(plan))
    return heapq.merge(begun, ended, key=lambda change: change.at_ns)


def _beginnings(plan: OutagePlan) -> Iterator[tuple[int, int]]:
    chance = random.Random(plan.seed)
    order = chance.sample(range(plan.backends), plan.backends)
    for number in itertools.count():
        share = (number + chance.random()) / plan.rate_hz
        yield plan.first_ns + int(share * NS_PER_S), order[number % plan.backends]


class Outages(Resource):
    """A thread that follows the schedule until it is stopped; an activity.

    Args:
        plan: What it does.
        silenced: The map that silences flows of the flood.
        outages: The map from which the program learns of outages.
    """

    def __init__(self, plan: OutagePlan, silenced: BpfMap, outages: BpfMap) -> None:
        """Nothing is silenced yet."""
        self._plan = plan
        self._maps = silenced, outages
        self._thread = DriverThreads("the schedule of outages", self._run)
        self._counts = {"outages": 0, "outages_ended": 0}

    def _open(self) -> None:
        """Map the memory."""
        silenced, outages = self._maps
        self._silenced: npt.NDArray[np.void] = silenced.view(SINCE)
        self._outages: npt.NDArray[np.void] = outages.view(abi.OUTAGE)
        self._held.callback(self._drop_views)
        self._held.enter_context(self._thread)

    def _drop_views(self) -> None:
        del self._silenced, self._outages

    def start(self) -> None:
        """Begin with the schedule."""
        self._start_ns = time.monotonic_ns()
        self._thread.start()

    def counts(self) -> dict[str, int]:
        """Outages that began and that ended.

        Raises:
            BenchError: The schedule could not be followed.
        """
        self._thread.check()
        return dict(self._counts)

    def stop(self) -> None:
        """Change nothing more; who is silent stays so."""
        self._thread.stop()

    def _run(self) -> None:
        for change in changes(self._plan):
            wait_ns = self._start_ns + change.at_ns - time.monotonic_ns()
            if self._thread.stopping.wait(max(wait_ns, 0) / NS_PER_S):
                return
            self._make(change)

    def _make(self, change: Change) -> None:
        """The program must know of a silence before it begins, and of its end likewise."""
        now = time.clock_gettime_ns(self._plan.clock)
        word = "began_ns" if change.silent else "ended_ns"
        self._outages[word][change.backend] = now
        self._silenced["since_ns"][change.backend] = now if change.silent else 0
        self._counts["outages" if change.silent else "outages_ended"] += 1
