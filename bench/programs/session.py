"""A program loaded into the kernel for one trial, and what the runner does with it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench import abi
from bench.errors import BenchError, KernelRefusedError
from bench.libbpf import compiler, ffi
from bench.libbpf.object import BpfObject
from bench.programs import counters
from bench.programs.base import CLOCK_IDS, Environment, Program
from bench.programs.counters import Counters
from bench.record import HookChoice
from bench.spec import Cell, Clock, Hook, Instrument

REASON_LINES = 3
LIFECYCLE = ("census", "cancel_all")
_CLOCKS = {Clock.MONOTONIC: time.CLOCK_MONOTONIC, Clock.BOOTTIME: time.CLOCK_BOOTTIME}


@dataclass(frozen=True, slots=True)
class Census:
    """What a look at every entry found.

    Attributes:
        entries: Entries in the map.
        pending: Timers that the kernel has enqueued.
        stranded: Timers that are armed but not enqueued: their callback is about to run,
            or, if they stay so, they are lost.
    """

    entries: int
    pending: int
    stranded: int


class HookUnavailableError(BenchError):
    """The host lacks what a hook is attached to."""


class Session:
    """A loaded program with its mapped counters. Made by :func:`opened`."""

    def __init__(self, loaded: BpfObject, cell: Cell, hook: HookChoice | None) -> None:
        """Map the shared memory of a loaded object."""
        self._object = loaded
        self._clock = _CLOCKS[cell.clock]
        self._slots = loaded.map("slots").view(abi.SLOT)
        self._control = loaded.map("control").view(abi.CONTROL)
        self.hook = hook
        counters.reset_extremes(self._slots)

    def prepare(self, environment: Environment, live_ns: int) -> None:
        """Tell the program the ksoftirqd pids, and how long it may arm timers."""
        for cpu, pid in environment.ksoftirqd.items():
            self._slots["ksoftirqd_pid"][cpu] = pid
        self.live(live_ns)

    def live(self, live_ns: int) -> None:
        """Set the deadline, so many ns from now, after which nothing is armed any more."""
        self.deadline_ns = time.clock_gettime_ns(self._clock) + live_ns
        self._control["deadline_ns"] = self.deadline_ns

    @property
    def past_deadline(self) -> bool:
        """Whether the program has stopped arming by itself."""
        return time.clock_gettime_ns(self._clock) >= self.deadline_ns

    def run(self, program: str, arguments: npt.NDArray[np.void]) -> int:
        """Run one of the object's syscall programs."""
        return self._object.run(program, arguments)

    def read(self) -> Counters:
        """Snapshot of all counters; costs no system call."""
        return counters.read(self._slots)

    def fired(self) -> int:
        """Callbacks so far; cheaper than :meth:`read`."""
        return int(self._slots["fired"].sum())

    def open_window(self) -> Counters:
        """Reset the extremes and take the snapshot from which the window counts."""
        counters.reset_extremes(self._slots)
        return self.read()

    def stop_arming(self) -> None:
        """From now on callbacks neither re-arm nor are new timers armed."""
        self._control["stop"] = 1

    def cancel_all(self) -> None:
        """Cancel every pending timer; the program counts those that were pending."""
        self.run("cancel_all", np.zeros(1, abi.CENSUS_ARGS))

    def census(self) -> Census:
        """Look at every entry of the map and at the kernel's state of its timer."""
        answer = np.zeros(1, abi.CENSUS_ARGS)
        self.run("census", answer)
        found = answer[0]
        return Census(int(found["entries"]), int(found["pending"]), int(found["stranded"]))

    def detach(self) -> None:
        """Take the program off its hooks; timers that are armed stay."""
        self._object.detach()

    def close(self) -> None:
        """Drop the views and close the object."""
        del self._slots, self._control
        self._object.close()


def _load(program: Program, cell: Cell, environment: Environment, hook: Hook | None) -> BpfObject:
    loaded = BpfObject(compiler.compiled(program.source))
    try:
        loaded.map("slots").configure(entries=ffi.possible_cpus())
        loaded.map("timers").configure(entries=cell.map_size, map_type=cell.map_type)
        loaded.set_constants(
            {
                "timeout_ns": cell.timeout_ns,
                "timer_clock": CLOCK_IDS[cell.clock],
                "instrument_full": int(cell.instrument is Instrument.FULL),
                **program.constants(cell, environment),
            }
        )
        attached = program.hook_programs(hook)
        if program.hooks:
            loaded.load_only((*attached, *LIFECYCLE))
        loaded.load()
        for name in attached:
            _attach(loaded, name, hook, environment)
    except BaseException:
        loaded.close()
        raise
    return loaded


def _attach(loaded: BpfObject, name: str, hook: Hook | None, environment: Environment) -> None:
    if hook is not Hook.SOCKOPS:
        loaded.attach(name)
    elif environment.cgroup is None:
        remedy = "Mount it: mount -t cgroup2 none /sys/fs/cgroup/unified"
        raise HookUnavailableError(
            "hook sockops needs cgroup2, which is not mounted", remedy=remedy
        )
    else:
        loaded.attach(name, cgroup=environment.cgroup)


def _load_first(
    program: Program, cell: Cell, environment: Environment, refused: dict[str, str]
) -> tuple[BpfObject, HookChoice | None]:
    candidates = program.candidates(cell)
    for hook in candidates:
        if hook is not None and hook in refused and len(candidates) > 1:
            continue
        try:
            loaded = _load(program, cell, environment, hook)
        except (KernelRefusedError, HookUnavailableError) as error:
            if hook is None or len(candidates) == 1:
                raise
            refused[hook] = _reason(error)
            continue
        return loaded, HookChoice(used=hook, refused=dict(refused)) if hook else None
    problem = f"this kernel allows no hook of program {program.name}"
    raise BenchError(problem, detail="\n".join(f"{k}: {v}" for k, v in refused.items()))


def _reason(error: BenchError) -> str:
    """The refusal with the last lines of its log."""
    return "; ".join([error.problem, *error.detail.strip().splitlines()[-REASON_LINES:]])


@contextmanager
def opened(
    program: Program, cell: Cell, environment: Environment, refused: dict[str, str]
) -> Iterator[Session]:
    """Load and attach a program for one trial; everything is gone when the block ends.

    Args:
        program: The program under test.
        cell: Its parameters.
        environment: What the host offers.
        refused: Hooks that the kernel refused before; extended, so that each is tried once.

    Raises:
        KernelRefusedError: The kernel refused the program.
        BenchError: No hook works, or it cannot be compiled.
    """
    loaded, choice = _load_first(program, cell, environment, refused)
    try:
        session = Session(loaded, cell, choice)
    except BaseException:
        loaded.close()
        raise
    try:
        yield session
    finally:
        session.close()
