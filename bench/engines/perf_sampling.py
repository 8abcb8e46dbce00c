"""Engine ``perf_event``: a sampling event of perf on each CPU instead of a timer."""

from __future__ import annotations

import os
from collections.abc import Sequence

from bench.drivers.activity import Activity
from bench.drivers.environment import Environment
from bench.drivers.session import BpfSession
from bench.engines.base import EngineObject
from bench.host import perf_event
from bench.libbpf import raw
from bench.programs.base import Counts
from bench.resources import Resource
from bench.spec import Cell, Engine

PROGRAM = "on_event"


class PerfSampling(Resource):
    """An activity: one ``cpu-clock`` event for each CPU that runs the program ``on_event``.

    It fills the ledger from what is not the program's own count: events switched on are
    ``started``, runs of the program that the kernel counted ``restarted`` (each ends with the
    kernel starting the event again), events switched off ``cancelled``. The program's samples
    are ``fired``, so the equation fails if one of the two counts is wrong.

    Its counts: ``event_ns``, what the events themselves counted; ``runs`` and ``run_ns``, the
    kernel's number of runs of the program and the time they took.
    """

    def __init__(self, session: BpfSession, cpus: Sequence[int], period_ns: int) -> None:
        """Remember what to do."""
        self._session = session
        self._cpus = cpus
        self._period_ns = period_ns
        self._events: list[int] = []
        self._on = False

    def _open(self) -> None:
        """Open the events and attach the program."""
        self._program = self._session.program_fd(PROGRAM)
        self._held.callback(os.close, raw.count_runs())
        for cpu in self._cpus:
            event = perf_event.open_cpu_clock(cpu, self._period_ns)
            self._held.callback(os.close, event)
            self._held.callback(os.close, raw.link_perf_event(self._program, event))
            self._events.append(event)

    def start(self) -> None:
        """Switch the events on."""
        self._on = True
        for event in self._events:
            perf_event.enable(event)
            self._session.user_slot["started"] += 1

    def counts(self) -> Counts:
        """What the events and the kernel counted so far."""
        ran = raw.runs(self._program)
        event_ns = sum(perf_event.count(event) for event in self._events)
        return {"event_ns": event_ns, "runs": ran.number, "run_ns": ran.total_ns}

    def stop(self) -> None:
        """Switch the events off and close the account."""
        if not self._on:
            return
        self._on = False
        for event in self._events:
            perf_event.disable(event)
            self._session.user_slot["cancelled"] += 1
        self._session.user_slot["restarted"] += raw.runs(self._program).number


class PerfEvent(EngineObject):
    """Events run the program in place of timers."""

    engine = Engine.PERF_EVENT

    def collectors(
        self, session: BpfSession, cell: Cell, environment: Environment
    ) -> Sequence[Activity]:
        """An event for each CPU."""
        return (PerfSampling(session, environment.cpus, cell.stated_timeout_ns),)
