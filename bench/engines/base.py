"""What the object of an engine does: open what a trial measures, and serve its timeouts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.drivers.activity import Activity
from bench.drivers.base import Driver
from bench.drivers.environment import Environment
from bench.drivers.session import BpfSession, Session, opened_object
from bench.spec import Cell, Engine


@dataclass(frozen=True, slots=True)
class Opened:
    """What a trial measures, ready to be armed.

    Attributes:
        session: The subject; closing it gives everything back.
        activities: What makes the program work beside timers and load.
        collectors: What serves the timeouts from user space; nothing for most.
    """

    session: Session
    activities: Sequence[Activity] = ()
    collectors: Sequence[Activity] = ()


class EngineObject:
    """An engine that a program loaded into the kernel has or serves: most of them.

    Attributes:
        engine: Its name and facts.
    """

    engine: Engine

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
            return Opened(session, activities, self.collectors(session, cell, environment))

    def collectors(
        self, session: BpfSession, cell: Cell, environment: Environment
    ) -> Sequence[Activity]:
        """What serves the timeouts beside the program."""
        return ()


class BpfTimer(EngineObject):
    """Timers in a map, whose callbacks serve themselves."""

    engine = Engine.BPF_TIMER


class Lru(EngineObject):
    """A map that evicts: nothing serves a timeout."""

    engine = Engine.LRU
