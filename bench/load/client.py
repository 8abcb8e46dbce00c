"""The connecting side: open loop by a schedule of intended times, or closed loop."""

from __future__ import annotations

import gc
import select
import time
from dataclasses import dataclass

from bench.errors import BenchError, quoted
from bench.load.connections import Connections
from bench.load.messages import (
    Command,
    Counters,
    Event,
    Progress,
    Report,
    Snapshot,
    Start,
    Started,
    Stop,
)
from bench.load.role import BUDGET_NS
from bench.load.schedule import Schedule
from bench.load.sockets import Dialler
from bench.units import NS_PER_S
from bench.words.plurals import counted

SPARE_DESCRIPTORS = 64
CLOSED_LOOP_OPEN = 65_536
"""A closed loop with a hold time waits when so many connections are open."""


@dataclass(slots=True)
class Running:
    """One load between Start and the report of Stop.

    Attributes:
        schedule: None in closed loop.
        stop_ns: Instant of Stop; nothing is due after it.
        deadline_ns: When what is still on its way is given up.
    """

    plan: Start
    started_ns: int
    connections: Connections
    schedule: Schedule | None
    reports: int = 0
    stop_ns: int | None = None
    deadline_ns: int = 0


class Client:
    """Makes connections as ordered and counts every outcome.

    Args:
        descriptors: Files this process may have open at once.
        allow: Addresses beside loopback that may be connected to.
    """

    def __init__(self, descriptors: int, allow: tuple[str, ...] = ()) -> None:
        """Be idle."""
        self._room = descriptors - SPARE_DESCRIPTORS
        self._allow = allow
        self._epoll = select.epoll()
        self._running: Running | None = None

    def fileno(self) -> int:
        """The epoll descriptor."""
        return self._epoll.fileno()

    def handle(self, command: Command) -> Event | None:
        """Obey Start, Progress, Snapshot or Stop.

        Raises:
            BenchError: Another command, one that does not fit the state, or a plan that
                cannot be carried out.
        """
        if isinstance(command, Start):
            return self._start(command)
        if not isinstance(command, (Progress, Snapshot, Stop)):
            raise BenchError(f"a client does not understand the command {quoted(command.cmd)}")
        run = self._running
        if run is None:
            raise BenchError(f"there is no load running for the command {quoted(command.cmd)}")
        if isinstance(command, Progress):
            return _counters(run)
        if isinstance(command, Snapshot):
            return _report(run, final=False)
        if run.stop_ns is not None:
            raise BenchError("the load is stopping already")
        run.stop_ns = time.monotonic_ns()
        run.deadline_ns = run.stop_ns + command.timeout_ns
        return None

    def _start(self, plan: Start) -> Started:
        if self._running is not None:
            raise BenchError("a load is running already", remedy="Stop it first")
        self._check_room(plan)
        dialler = Dialler(plan.targets, plan.sources, self._allow)
        gc.collect()
        now = max(time.monotonic_ns(), plan.begin_ns or 0)
        schedule = None
        if plan.rate_hz is not None:
            schedule = Schedule(plan.rate_hz, plan.shape, plan.seed, now)
        connections = Connections(plan, dialler, self._epoll)
        self._running = Running(plan, now, connections, schedule)
        return Started(t_ns=now)

    def _check_room(self, plan: Start) -> None:
        needed = plan.rate_hz * plan.hold_ns // NS_PER_S if plan.rate_hz else plan.concurrency
        if needed > self._room:
            raise BenchError(
                f"{counted(needed, 'connection')} would be open at once, but only "
                f"{counted(self._room, 'file')} may be",
                remedy="Lower rate or hold time, or raise the limit of open files",
            )

    def work(self) -> tuple[float | None, Event | None]:
        """Connect what is due, move exchanges on, close what was held long enough."""
        run = self._running
        if run is None:
            return None, None
        run.connections.progress()
        if run.stop_ns is not None:
            return self._wind_down(run)
        now = time.monotonic_ns()
        run.connections.close_due(now)
        if run.schedule is None:
            wait_s = self._closed_loop(run, now + BUDGET_NS)
        else:
            wait_s = _open_loop(run, run.schedule, now + BUDGET_NS)
        return wait_s, None

    def _closed_loop(self, run: Running, until_ns: int) -> float | None:
        connections, limit = run.connections, run.plan.concurrency
        room = min(self._room, CLOSED_LOOP_OPEN)
        clock = time.monotonic_ns
        while connections.busy < limit and connections.open < room:
            now = clock()
            if now >= until_ns:
                return 0
            connections.attempt(now)
        return _seconds_until(connections.next_close_ns)

    def _wind_down(self, run: Running) -> tuple[float | None, Event | None]:
        connections = run.connections
        connections.release_all()
        left_ns = run.deadline_ns - time.monotonic_ns()
        if connections.busy and left_ns > 0:
            return left_ns / NS_PER_S, None
        connections.give_up()
        connections.release_all()
        self._running = None
        return None, _report(run, final=True)


def _open_loop(run: Running, schedule: Schedule, until_ns: int) -> float | None:
    connections = run.connections
    clock = time.monotonic_ns
    due = schedule.peek()
    now = clock()
    while due <= now < until_ns:
        connections.attempt(schedule.take())
        due = schedule.peek()
        now = clock()
    closing = connections.next_close_ns
    return _seconds_until(due if closing is None else min(due, closing))


def _seconds_until(instant_ns: int | None) -> float | None:
    if instant_ns is None:
        return None
    return max(instant_ns - time.monotonic_ns(), 0) / NS_PER_S


def _counters(run: Running) -> Counters:
    now = time.monotonic_ns()
    intended = run.connections.attempted
    if run.schedule is not None:
        intended = run.schedule.due(now if run.stop_ns is None else run.stop_ns)
    return run.connections.counters(now, intended)


def _report(run: Running, *, final: bool) -> Report:
    run.reports += 1
    counters, cohorts = _counters(run), run.connections.cohorts
    due = cohorts.report(counters.intended)
    cohorts.begin(counters.t_ns, counters.intended)
    return Report(
        serial=run.reports,
        started_ns=run.started_ns,
        final=final,
        counters=counters,
        due=due,
    )
