"""What the object of an engine does: open what a trial measures, and serve its timeouts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from bench.drivers.activity import Activity
from bench.drivers.base import Driver
from bench.drivers.environment import Environment
from bench.drivers.external import ExternalSession
from bench.drivers.seeding import Seeder
from bench.drivers.session import BpfSession, Session, opened_object
from bench.engines.entry_memory import entry_memory
from bench.programs.base import Counts
from bench.spec import Cell, Engine


@dataclass(frozen=True, slots=True)
class Opened:
    """What a trial measures, ready to be armed.

    Attributes:
        session: The subject; closing it gives everything back.
        activities: What makes the program work beside timers and load.
        collectors: What serves the timeouts from user space; nothing for most.
        seeder: What arms a population before the load; None if the cell has none.
        gauges: The engine's own numbers of the window's end: levels, not counts of events.
    """

    session: Session
    activities: Sequence[Activity] = ()
    collectors: Sequence[Activity] = ()
    seeder: Seeder | None = None
    gauges: Callable[[], Counts] = dict


class EngineObject:
    """An engine that a program loaded into the kernel has or serves: most of them.

    Attributes:
        engine: Its name and facts.
    """

    engine: Engine

    def missing(self) -> str | None:
        """What this kernel lacks for any cell of it, or None."""
        return None

    def check(self, cell: Cell) -> None:
        """Refuse what this host cannot do for it.

        Raises:
            UsageError: Naming the limit and where it comes from.
        """

    def opened(
        self, driver: Driver, cell: Cell, environment: Environment, refused: dict[str, str]
    ) -> Opened:
        """Load and attach the program; the arguments are those of :func:`opened_object`."""
        session = opened_object(driver, cell, environment, refused)
        with session.acquiring():
            activities = driver.activities(session, cell, environment)
            collectors = self.collectors(session, cell, environment)
            seeder = driver.seeder(session, cell, environment)
            memory = partial(entry_memory, session, cell)
            return Opened(session, activities, collectors, seeder, memory)

    def collectors(
        self, session: BpfSession, cell: Cell, environment: Environment
    ) -> Sequence[Activity]:
        """What serves the timeouts beside the program."""
        return ()


class BpfTimer(EngineObject):
    """Timers in a map, whose callbacks serve themselves."""

    engine = Engine.BPF_TIMER

    def opened(
        self, driver: Driver, cell: Cell, environment: Environment, refused: dict[str, str]
    ) -> Opened:
        """Load and attach the program, or watch one that is somebody else's."""
        if not driver.program.source:
            return Opened(ExternalSession(cell))
        return super().opened(driver, cell, environment, refused)
