"""Engine ``lru``: a map that evicts. Nothing serves a timeout, so that entries go too early where
the map is too small, and stay for ever where it is not.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import replace

import numpy as np

from bench import abi
from bench.drivers.base import Driver
from bench.drivers.environment import LATENESS_CLOCKS, Environment
from bench.drivers.session import BpfSession
from bench.engines.base import EngineObject, Opened
from bench.programs.base import Counts
from bench.resources import Resource
from bench.spec import Cell, Engine
from bench.threads import DriverThreads
from bench.units import NS_PER_MS, NS_PER_S

STEPS = 16
"""Looks at the number of insertions in one timeout."""
SHORTEST_STEP_NS = 20 * NS_PER_MS


class Retention(Resource):
    """An activity that only looks on: whether entries stay for as long as a timer would have them.

    It remembers how many entries had been inserted when, as far back as a timeout.

    Args:
        session: The program, whose entries hold when a timer would have ended them.
        clock: Of these times.
        timeout_ns: Mean time to live.
    """

    def __init__(self, session: BpfSession, clock: int, timeout_ns: int) -> None:
        """Nothing is looked at yet."""
        self._session, self._clock, self._timeout_ns = session, clock, timeout_ns
        self._step_ns = max(timeout_ns // STEPS, SHORTEST_STEP_NS)
        self._seen: deque[tuple[int, int]] = deque(maxlen=STEPS + 2)
        self._thread = DriverThreads("the look at evictions", self._run)
        self._held.enter_context(self._thread)

    def start(self) -> None:
        """Begin to look."""
        self._look()
        self._thread.start()

    def counts(self) -> dict[str, int]:
        """Nothing that counts events."""
        self._thread.check()
        return {}

    def stop(self) -> None:
        """Look no more."""
        self._thread.stop()

    def _run(self) -> None:
        while not self._thread.stopping.wait(self._step_ns / NS_PER_S):
            self._look()

    def _look(self) -> None:
        self._seen.append((time.clock_gettime_ns(self._clock), self._session.started()))

    def gauges(self) -> Counts:
        """Of the entries inserted in the last timeout, and those of them that are gone."""
        young = self._session.run("young", np.zeros(1, abi.CENSUS_ARGS))
        now, started = time.clock_gettime_ns(self._clock), self._session.started()
        known = [each for each in list(self._seen) if each[0] >= now - self._timeout_ns]
        return lost_early(now, started, young, known, self._timeout_ns)


def lost_early(
    now: int, started: int, young: int, looks: list[tuple[int, int]], timeout_ns: int
) -> dict[str, int]:
    """Entries that a timer would still have, and how many of these the map has lost. Pure.

    The insertions between the beginning of the timeout and the first look in it are taken to have
    come as fast as those since.

    Args:
        now: The moment.
        started: Insertions until then.
        young: Entries found that were inserted within the last timeout.
        looks: Moments within the last timeout, with the insertions until then.
        timeout_ns: The timeout.
    """
    if not looks or looks[0][0] >= now:
        return {}
    begin, before = looks[0]
    due = round((started - before) * timeout_ns / (now - begin))
    due = min(due, started)
    return {"young_due": due, "lost_early": max(due - young, 0)}


class Lru(EngineObject):
    """A map that evicts, and somebody who looks on."""

    engine = Engine.LRU

    def opened(
        self, driver: Driver, cell: Cell, environment: Environment, refused: dict[str, str]
    ) -> Opened:
        """Load and attach the program."""
        ready = super().opened(driver, cell, environment, refused)
        session = ready.session
        assert isinstance(session, BpfSession)
        with session.acquiring():
            looker = Retention(session, LATENESS_CLOCKS[cell.clock], cell.stated_timeout_ns)

        def gauges() -> Counts:
            return {**ready.gauges(), **looker.gauges()}

        return replace(ready, collectors=(looker,), gauges=gauges)
