"""A subject for one trial, and what the runner does with it: most often a loaded program."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod

import numpy as np
import numpy.typing as npt

from bench import abi
from bench.drivers.base import Driver
from bench.drivers.causes import Causes, are_recorded, reason, why_without_stages
from bench.drivers.environment import LATENESS_CLOCKS, Environment
from bench.drivers.heartbeat import Heartbeat
from bench.drivers.hooks import HookUnavailableError, refused_hook
from bench.drivers.loading import loaded_program
from bench.errors import BenchError, KernelRefusedError
from bench.libbpf.maps import BpfMap
from bench.libbpf.object import BpfObject
from bench.libbpf.raw import known_misses
from bench.programs import counters
from bench.programs.base import Program
from bench.programs.census import Census, Counting
from bench.programs.counters import Counters, Shared
from bench.record import HookChoice, Outlier
from bench.resources import Resource
from bench.spec import Cell, Hook

WITHOUT_ABS = (
    "this kernel has no BPF_F_TIMER_ABS: timers kept their grid by the delay to its next moment"
)


class Session(Resource, ABC):
    """A subject ready to be measured, with its mapped counters.

    Closing it gives everything back, and the kernel cancels what is left.

    Attributes:
        hook: What it is attached to, None if it needs no hook.
        without_stages: Why callbacks have no stages, None if they have.
        causes: Why callbacks came late, None if they do not record it.
        heartbeat: Our sign of life, without which the subject arms nothing; it beats once prepared.
    """

    hook: HookChoice | None = None
    without_stages: str | None = "user space serves the timeouts, no softirq does"
    causes: Causes | None = None

    def __init__(self, shared: Shared, stopping: npt.NDArray[np.void], clock: int) -> None:
        """Take over the shared memory; ``clock`` is the one that its times are in."""
        self._shared, self._stopping, self._clock = shared, stopping, clock
        self._opened_ns = 0
        self._held.callback(self._drop_views)
        self.heartbeat = Heartbeat(self._set_deadline, clock)
        self._held.callback(self.heartbeat.close)
        self._shared.reset_extremes()

    def prepare(self, environment: Environment, live_ns: int) -> None:
        """Give the subject the ksoftirqd pids, and how long it may arm timers while we live."""
        for cpu, pid in environment.ksoftirqd.items():
            self._shared.slots["ksoftirqd_pid"][cpu] = pid
        self.live(live_ns)
        self.heartbeat.start()

    def live(self, live_ns: int) -> None:
        """Set the deadline, so many ns from now, after which nothing is armed any more."""
        self.deadline_ns = time.clock_gettime_ns(self._clock) + live_ns
        self.heartbeat.until(self.deadline_ns)

    def _set_deadline(self, deadline_ns: int) -> None:
        self._stopping["deadline_ns"] = deadline_ns

    @property
    def past_deadline(self) -> bool:
        """Whether the subject has stopped arming by itself."""
        return time.clock_gettime_ns(self._clock) >= self.deadline_ns

    @property
    def user_slot(self) -> npt.NDArray[np.void]:
        """The slot of user space, shape (1,), dtype abi.SLOT: for engines that are not BPF."""
        return self._shared.slots[-1:]

    def read(self) -> Counters:
        """Snapshot of all counters; costs no system call."""
        return counters.read(self._shared)

    def fired(self) -> int:
        """Callbacks so far; cheaper than :meth:`read`."""
        return int(self._shared.slots["fired"].sum())

    def started(self) -> int:
        """First starts so far; cheaper than :meth:`read`."""
        return int(self._shared.slots["started"].sum())

    def open_window(self) -> Counters:
        """Reset the extremes and take the snapshot from which the window counts."""
        self._shared.reset_extremes()
        if self.causes:
            self.causes.open()
        opening = self.read()
        self._opened_ns = opening.t_ns + self._ahead_ns()
        return opening

    def _ahead_ns(self) -> int:
        """How far the timers' clock is ahead of CLOCK_MONOTONIC."""
        if self._clock == time.CLOCK_MONOTONIC:
            return 0
        return time.clock_gettime_ns(self._clock) - time.monotonic_ns()

    def close_window(self) -> Counters:
        """The snapshot to which the window counts; later callbacks are no outliers of it."""
        if self.causes:
            self.causes.close()
        return self.read()

    def outliers(self) -> list[Outlier]:
        """The latest callbacks of the window, latest first; empty if they are not recorded."""
        return self.causes.latest(self._opened_ns) if self.causes else []

    def fallbacks(self) -> list[str]:
        """What it did otherwise than its cell says, a sentence each."""
        return [WITHOUT_ABS] if self._stopping["abs_refused"][0] else []

    def stop_arming(self) -> None:
        """From now on callbacks neither re-arm nor are new timers armed."""
        self._stopping["stop"] = 1

    @abstractmethod
    def run(self, program: str, arguments: npt.NDArray[np.void]) -> int:
        """Run one of the subject's own operations, such as ``arm``."""

    @abstractmethod
    def cancel_all(self) -> None:
        """Cancel every pending timer; those that were pending are counted."""

    @abstractmethod
    def census(self) -> Census:
        """Look at every entry and at the kernel's state of its timer."""

    def recursion_misses(self) -> dict[str, int] | None:
        """Program -> runs that the kernel left out, because it ran on that CPU already.

        None where the kernel does not count them.
        """
        return {}

    def counting(self) -> Counting | None:
        """How the ledger's terms are counted; None where the program itself counts them."""
        return None

    @abstractmethod
    def detach(self) -> None:
        """Take the subject off its hooks; timers that are armed stay."""

    def _drop_views(self) -> None:
        self.causes = None
        del self._shared, self._stopping


class BpfSession(Session):
    """A BPF program loaded into the kernel. Made by :func:`opened_object`."""

    def __init__(
        self, loaded: BpfObject, program: Program, cell: Cell, hook: HookChoice | None
    ) -> None:
        """Map the shared memory of a loaded object, and take the object over."""
        self._object, self.hook = loaded, hook
        with self.acquiring() as held:
            held.callback(loaded.close)
            self.without_stages = why_without_stages(program, cell)
            self.causes = Causes(loaded) if are_recorded(cell) else None
            shared = Shared(
                slots=loaded.map("slots").view(abi.SLOT),
                measures=program.measures,
                distributions=_distributions(loaded, program),
                stage_cpus=self.causes.stage_cpus if self.causes else None,
            )
            stopping = loaded.map("stopping").view(abi.STOPPING)
            super().__init__(shared, stopping, LATENESS_CLOCKS[cell.clock])

    def run(self, program: str, arguments: npt.NDArray[np.void]) -> int:
        """Run one of the object's syscall programs."""
        return self._object.run(program, arguments)

    def map(self, name: str) -> BpfMap:
        """One of the object's maps."""
        return self._object.map(name)

    def program_fd(self, name: str) -> int:
        """File descriptor of one of the object's programs; the object's own."""
        return self._object.program_fd(name)

    def cancel_all(self) -> None:
        """Cancel every pending timer; the program counts those that were pending."""
        self.run("cancel_all", np.zeros(1, abi.CENSUS_ARGS))

    def census(self) -> Census:
        """Look at every entry of the map and at the kernel's state of its timer."""
        answer = np.zeros(1, abi.CENSUS_ARGS)
        self.run("census", answer)
        found = answer[0]
        return Census(*(int(found[name]) for name in abi.CENSUS_ARGS.names or ()))

    def recursion_misses(self) -> dict[str, int] | None:
        """Of each program that was loaded."""
        return known_misses(
            {
                name: fd
                for name in self._object.program_names()
                if (fd := self._object.program_fd(name)) >= 0
            }
        )

    def detach(self) -> None:
        """Take the program off its hooks; timers that are armed stay."""
        self._object.detach()


def _distributions(loaded: BpfObject, program: Program) -> dict[str, npt.NDArray[np.void]]:
    """Views of a program's own distributions by name, one value per CPU."""
    if not program.distributions:
        return {}
    whole = loaded.map("distributions").view(abi.DISTRIBUTION)
    rows = whole.reshape(len(program.distributions), -1)
    return dict(zip(program.distributions, rows, strict=True))


def _load_first(
    driver: Driver, cell: Cell, environment: Environment, refused: dict[str, str]
) -> tuple[BpfObject, HookChoice | None]:
    program = driver.program
    candidates = program.candidates(cell)
    for hook in candidates:
        if hook is not None and hook in refused and len(candidates) > 1:
            continue
        try:
            loaded = loaded_program(driver, cell, environment, hook)
        except (KernelRefusedError, HookUnavailableError) as error:
            if hook is None:
                raise
            if len(candidates) == 1:
                raise _of_the_only_hook(program, hook, error) from error
            refused[hook] = reason(error)
            continue
        return loaded, HookChoice(used=hook, refused=dict(refused)) if hook else None
    raise BenchError(
        f"this kernel allows no hook of program {program.name}",
        remedy="Run `bench doctor` for each hook's remedy, or choose a program without hooks",
        detail="\n".join(f"{hook}: {why}" for hook, why in refused.items()),
    )


def _of_the_only_hook(
    program: Program, hook: Hook, error: KernelRefusedError | HookUnavailableError
) -> BenchError:
    if isinstance(error, HookUnavailableError):
        return error
    others = [str(other) for other in program.hooks if other is not hook]
    return refused_hook(hook, error, others=[*others, Hook.AUTO])


def opened_object(
    driver: Driver, cell: Cell, environment: Environment, refused: dict[str, str]
) -> BpfSession:
    """Load and attach a program for one trial; everything is gone when it is closed.

    Args:
        driver: Of the program under test.
        cell: Its parameters.
        environment: What the host offers.
        refused: Hooks that the kernel refused before; extended, so that each is tried once.

    Raises:
        KernelRefusedError: The kernel refused the program.
        BenchError: No hook works, or it cannot be compiled.
    """
    loaded, choice = _load_first(driver, cell, environment, refused)
    return BpfSession(loaded, driver.program, cell, choice)
