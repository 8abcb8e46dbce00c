"""Engine ``timerfd``: the timers of ``resident`` in one epoll loop of a process of their own.

The loop is ``bpf/timerfd/loop.c``; it writes the memory that BPF programs would write.
"""

from __future__ import annotations

import mmap
import os
import resource
import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench import abi
from bench.child import Child
from bench.drivers.base import Driver
from bench.drivers.environment import Environment
from bench.drivers.objects import TIMERFD_LOOP
from bench.drivers.resident import PHASES
from bench.drivers.session import Session
from bench.engines.base import EngineObject, Opened
from bench.engines.process_time import ProcessTime
from bench.errors import BenchError, UsageError
from bench.host.cpus import find_cpus
from bench.libbpf import compiler
from bench.programs.census import Census
from bench.programs.counters import Shared
from bench.spec import Cell, Clock, Engine, Phase
from bench.words.plurals import counted

CLOCK_IDS = {Clock.MONOTONIC: 1, Clock.BOOTTIME: 7}
"""Clocks in which time passes evenly."""
NR_OPEN = Path("/proc/sys/fs/nr_open")
SPARE_FILES = 64
"""Files that the loop has open beside its timers, with room to spare."""
START_S = 30.0
ANSWER_S = 300.0
"""For arming and looking at as many timers as a process may open files."""
END_S = 5.0


def _open_files_limit() -> int:
    """Files that the loop may open: what the kernel allows, if the hard limit may be raised.

    Tried, because root without CAP_SYS_RESOURCE may not.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = int(NR_OPEN.read_text())
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, most))
    except (ValueError, OSError):
        return hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return most


class Timerfd(EngineObject):
    """A loop in user space in place of a program in the kernel."""

    engine = Engine.TIMERFD

    def check(self, cell: Cell) -> None:
        """Refuse more timers than a process may open files."""
        limit = _open_files_limit() - SPARE_FILES
        timers = cell.stated_map_size
        if timers > limit:
            raise UsageError(
                f"engine timerfd needs a file for each of {counted(timers, 'timer')}; "
                f"a process may open {limit:,} here",
                remedy="Use fewer timers, or raise the hard limit of open files (ulimit -Hn)",
            )

    def opened(
        self, driver: Driver, cell: Cell, environment: Environment, refused: dict[str, str]
    ) -> Opened:
        """Start the loop."""
        session = TimerfdSession(cell, environment.seed)
        return Opened(session, collectors=(ProcessTime(session.pid, "loop_cpu_ns"),))


class TimerfdSession(Session):
    """The loop's process and the memory shared with it; all its timers end with it."""

    def __init__(self, cell: Cell, seed: int = 0) -> None:
        """Start the process; no timer yet.

        Args:
            cell: What it serves.
            seed: Of random phases.

        Raises:
            BenchError: It cannot be compiled or started.
        """
        cpus = find_cpus().slots
        slots_bytes = (cpus + 1) * abi.SLOT.itemsize
        with self.acquiring() as held:
            fd = os.memfd_create("timerfd-loop", os.MFD_CLOEXEC)
            held.callback(os.close, fd)
            os.ftruncate(fd, slots_bytes + abi.STOPPING.itemsize)
            memory = mmap.mmap(fd, slots_bytes + abi.STOPPING.itemsize)
            shared = Shared(np.frombuffer(memory, abi.SLOT, count=cpus + 1))
            stopping = np.frombuffer(memory, abi.STOPPING, offset=slots_bytes)
            super().__init__(shared, stopping, CLOCK_IDS[cell.clock])
            self._process = held.enter_context(_started(fd, cell, cpus, seed))
            if self._process.line("start", START_S) != b"ready":
                raise BenchError("the timerfd loop did not start")

    @property
    def pid(self) -> int:
        """Of the loop's process."""
        return self._process.pid

    def run(self, program: str, arguments: npt.NDArray[np.void]) -> int:
        """Arm timers as the syscall program of this name would; it knows no other."""
        if program != "arm":
            raise BenchError(f"the timerfd loop has no operation {program}")
        names = ("first", "stride", "count", "epoch_ns")
        words = ["arm", *(str(arguments[name][0]) for name in names)]
        self._process.asked(" ".join(words), ANSWER_S)
        return 0

    def cancel_all(self) -> None:
        """Disarm every timer; the loop counts those that were armed."""
        self._process.asked("cancel", ANSWER_S)

    def census(self) -> Census:
        """Ask the kernel about every timer (timerfd_gettime(2))."""
        inited, pending = map(int, self._process.asked("census", ANSWER_S).split())
        return Census(entries=inited, inited=inited, pending=pending, stranded=0)

    def detach(self) -> None:
        """It has no hook."""


def _started(fd: int, cell: Cell, cpus: int, seed: int) -> Child:
    phase = PHASES[cell.phase or Phase.RANDOM]
    numbers = (
        fd,
        cpus,
        cell.stated_map_size,
        cell.stated_timeout_ns,
        CLOCK_IDS[cell.clock],
        phase,
        seed,
    )
    return Child(
        [compiler.executable(*TIMERFD_LOOP), *map(str, numbers)],
        what="the timerfd loop",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=(fd,),
        grace_s=END_S,
    )
