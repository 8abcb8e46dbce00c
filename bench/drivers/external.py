"""Drives ``external``: watches timers that somebody else armed, and ends what it started."""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bench import abi
from bench.child import Child
from bench.drivers.base import Driver
from bench.drivers.environment import CLOCK_IDS, Environment
from bench.drivers.session import Session
from bench.errors import TrialFailedError, quoted
from bench.histogram import LOWEST
from bench.host.cpus import find_cpus
from bench.programs.census import Census as Found
from bench.programs.census import Counting
from bench.programs.counters import Counters, Shared
from bench.programs.external import External
from bench.spec import Cell, Clock
from bench.spec.external import command_of, map_of
from bench.watch.census import Census, TimerMap
from bench.watch.choice import is_meant
from bench.watch.counts import OTHER, Counts
from bench.watch.hooks import Hooks
from bench.watch.switches import Switches

LOADING_S = 10.0
"""Until the command has made its map."""
ENDING_S = 5.0
POLL_S = 0.02
COUNTED = {
    "started": "a hook at each start of a timer that is in no queue",
    "seeded": "a walk over the map's entries when watching began; part of started",
    "restarted": "not told apart: a timer that its callback starts again is one that is started",
    "fired": "a hook before each callback",
    "cancelled": "a hook at each removal from a queue, unless its callback or its start follows",
    "freed": "not told apart: timers that go with their entry are cancelled",
    "pending": "a walk over the map's entries at the end: timers in a queue",
    "inited": "not known: another program's calls are not hooked",
    "entries": "not known: the walk looks at timers only",
}
"""How each term of the ledger is counted."""


class ExternalDriver(Driver):
    """Nothing of it is loaded, armed or attached by us."""

    program = External()

    def constants(self, cell: Cell, environment: Environment) -> dict[str, int | bytes]:
        """It has none that we set."""
        return {}


class ExternalSession(Session):
    """Hooks on the timers of some maps, and what loaded the program, if the cell names it.

    Args:
        cell: What is watched.

    Raises:
        TrialFailedError: There is no such map, or it is there before its program was loaded.
        BenchError: The kernel refused the hooks, or the command cannot be started.
    """

    without_stages = "another program's callbacks record no stages"

    def __init__(self, cell: Cell) -> None:
        """Attach the hooks first, so that no start is missed."""
        self._wanted, self._command = map_of(cell), command_of(cell)
        self._walked: Found | None = None
        self._uncertain, self._crowded = 0, 0
        with self.acquiring() as held:
            self._census = held.enter_context(Census(0))
            there = self._maps()
            self._hooks = held.enter_context(Hooks(Switches(starts=True)))
            slots = np.zeros(find_cpus().slots + 1, abi.SLOT)
            shared = Shared(slots, measures=External.measures)
            super().__init__(shared, np.zeros(1, abi.STOPPING), CLOCK_IDS[Clock.MONOTONIC])
            self._loader = None if self._command is None else self._loaded(self._command, there)
            if self._loader is not None:
                held.enter_context(self._loader)
                there = self._awaited(self._loader, {table.id for table in there})
            if not there:
                raise TrialFailedError(
                    f"no map with timers is {quoted(self._wanted or 'there')}",
                    remedy="Run `bench timers` to see them, or give --option exec=COMMAND",
                )
            self._tables = {table.id: table for table in there}
            if self._loader is None:
                self._seed()

    def _maps(self) -> list[TimerMap]:
        return [each for each in self._census.maps() if is_meant(each, self._wanted)]

    def _loaded(self, command: str, there: Sequence[TimerMap]) -> Child:
        if there and self._wanted is not None:
            raise TrialFailedError(
                f"map {quoted(self._wanted)} is there before {quoted(command)} was started",
                remedy="End what holds it, such as a pin that an earlier start left",
            )
        return Child(
            shlex.split(command), what="the command of option exec", stdout=subprocess.DEVNULL
        )

    def _awaited(self, loader: Child, before: set[int]) -> list[TimerMap]:
        """The maps that a loader makes."""
        end = time.monotonic() + LOADING_S
        while time.monotonic() < end:
            found = [table for table in self._maps() if table.id not in before]
            if found:
                return found
            if loader.code:
                raise loader.error(f"the command of option exec ended with code {loader.code}")
            time.sleep(POLL_S)
        raise TrialFailedError(
            f"{quoted(self._command)} made no map with timers within {LOADING_S:g} s"
            + ("" if self._wanted is None else f" that is {quoted(self._wanted)}"),
            remedy="Start it by hand, and look with `bench timers`",
        )

    def _seed(self) -> None:
        """Timers that are armed already count as started; what happens meanwhile is uncertain."""
        self._hooks.read()
        armed = self._walk()
        self._shared.slots["seeded"][-1] = armed
        self._shared.slots["started"][-1] = armed

    def _walk(self) -> int:
        """Armed timers, with the events of the time that this takes."""
        events = self._hooks.own_cost().events
        found = [self._census.armed(table) for table in self._tables.values()]
        self._uncertain += self._hooks.own_cost().events - events
        return sum(each.number for each in found if each is not None)

    def _refresh(self) -> None:
        """Take over what the hooks counted since the last time, until the end was seen."""
        if self._walked is not None:
            return
        for group, counts in self._hooks.read().items():
            if group.map_id in self._tables:
                _add(self._shared.slots, counts)
            elif group == OTHER:
                self._crowded += counts.fired

    def read(self) -> Counters:
        """Snapshot of all counters."""
        self._refresh()
        return super().read()

    def fired(self) -> int:
        """Callbacks so far."""
        self._refresh()
        return super().fired()

    def open_window(self) -> Counters:
        """Extremes of what came before it are not the window's."""
        self._refresh()
        return super().open_window()

    def run(self, program: str, arguments: npt.NDArray[np.void]) -> int:
        """It has no operation that we could call."""
        raise AssertionError(f"{program} of a program that is not ours")

    def cancel_all(self) -> None:
        """Timers of somebody else are left alone."""

    def census(self) -> Found:
        """What the walk at the end found; nothing is known before."""
        return self._walked or Found(entries=0, inited=0, pending=0, stranded=0)

    def counting(self) -> Counting:
        """How the terms of the ledger are counted."""
        how = dict(COUNTED)
        if self._crowded:
            how["fired"] += f"; {self._crowded:,} of any map had no counters of their own"
        return Counting(how, self._uncertain)

    def detach(self) -> None:
        """Walk once more, count no longer, and end what was started."""
        if self._walked is None:
            self._refresh()
            events = self._hooks.own_cost().events
            pending = self._walk()
            self._refresh()
            # Those that came between the walk's end and the last reading, too.
            self._uncertain += self._hooks.own_cost().events - events
            self._walked = Found(entries=0, inited=0, pending=pending, stranded=0)
        if self._loader is not None:
            self._loader.terminate()
            self._loader.wait(ENDING_S)


def _add(slots: npt.NDArray[np.void], counts: Counts) -> None:
    """Callbacks and starts to their CPUs, the rest to the slot of user space."""
    slots["fired"][:-1] += np.array(counts.fired_by_cpu, np.uint64)
    slots["started"][:-1] += np.array(counts.started_by_cpu, np.uint64)
    own, late = slots[-1:], counts.lateness
    own["cancelled"] += np.uint64(counts.cancelled)
    own["other_clock"] += np.uint64(counts.other_clock)
    own["measures"][:, 0] += np.uint64(counts.pushed_back)
    own["venue"] += np.array(counts.venue, np.uint64)
    own["lateness"] += late.counts
    own["lateness_sum_ns"] += np.uint64(late.total_ns)
    own["negative"] += np.uint64(late.negative)
    own["overflow"] += np.uint64(late.overflow)
    if late.max_ns is not None:
        lowest = int(LOWEST[np.argmax(late.counts > 0)]) if late.counts.any() else late.max_ns
        own["lateness_min_ns"] = np.minimum(own["lateness_min_ns"], np.uint64(lowest))
        own["lateness_max_ns"] = np.maximum(own["lateness_max_ns"], np.uint64(late.max_ns))
