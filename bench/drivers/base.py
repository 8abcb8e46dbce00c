"""The driver of a program: how it is loaded, armed, attached and kept busy."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial

from bench.drivers.activity import Activity
from bench.drivers.environment import Environment, RunProgram, Subject
from bench.drivers.hooks import attach_hook
from bench.drivers.seeding import Seeder
from bench.host.netns import inside
from bench.libbpf.object import BpfObject
from bench.programs.base import Counts, Program
from bench.programs.census import Census
from bench.spec import Cell, Hook


class Driver(ABC):
    """What the runner does with a program under test.

    Attributes:
        program: What the program is; :mod:`bench.programs` declares it.
    """

    program: Program

    @abstractmethod
    def constants(self, cell: Cell, environment: Environment) -> dict[str, int | bytes]:
        """Values of the program's own ``const volatile`` variables."""

    def fit(self, cell: Cell) -> Cell:
        """The cell with what this host decides filled in."""
        return cell

    def watchers(self) -> tuple[str, ...]:
        """Further programs to load and attach, as far as this kernel allows them."""
        return ()

    def arm(self, run: RunProgram, cell: Cell, environment: Environment) -> None:  # noqa: B027
        """Arm all timers at once; programs armed by connections have nothing to do."""

    def seeder(self, subject: Subject, cell: Cell, environment: Environment) -> Seeder | None:
        """What arms the cell's population before the load; None if it has none."""
        return None

    def attach(
        self, loaded: BpfObject, cell: Cell, hook: Hook | None, environment: Environment
    ) -> None:
        """Attach what the program has loaded to where it runs.

        Raises:
            KernelRefusedError: The kernel refused.
            HookUnavailableError: The host lacks what the hook is attached to.
        """
        for name in self.program.hook_programs(cell, hook):
            attach_hook(loaded, name, hook, environment.cgroup)
        if self.program.xdp and environment.veth:
            end = environment.veth.server
            with inside(end.namespace):
                loaded.attach_xdp(self.program.xdp, end.ifindex)
            if self.program.tc:
                within = partial(inside, end.namespace)
                loaded.attach_tc(self.program.tc, end.ifindex, within)

    def activities(
        self, subject: Subject, cell: Cell, environment: Environment
    ) -> Sequence[Activity]:
        """What the cell asks for beside timers and load."""
        return ()

    def gauges(self, look: Callable[[], Census], cell: Cell) -> Counts:
        """The program's own numbers of the window's end: levels, not counts of events."""
        return {}
