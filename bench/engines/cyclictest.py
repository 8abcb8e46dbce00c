"""``cyclictest`` as a control: how late user space wakes up that sleeps until a given time.

A thread per CPU sleeps with clock_nanosleep until absolute times on CLOCK_MONOTONIC. Its timers
are hard ones (but on PREEMPT_RT), which expire in the timer interrupt itself and not in a
softirq; what follows is the wake-up of a thread. See cyclictest(8) of rt-tests.
"""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from bench import abi
from bench.child import Child
from bench.engines.hard_timer import HARD_TIMER, HardTimers
from bench.engines.no_program import NoProgramSession
from bench.errors import BenchError
from bench.histogram import HIGHEST, index_of
from bench.host.cpus import format_cpu_list
from bench.threads import DriverThreads

INTERVAL_US = 1_000
"""Sleep of each thread."""
LATE = "cyclictest"
SAMPLE = re.compile(r"\s*\d+:\s*\d+:\s*(-?\d+)\s*$")
PR_SET_TIMERSLACK = 29
"""include/uapi/linux/prctl.h; 0 means the default again."""
END_S = 5.0


def missing_cyclictest() -> str | None:
    """Why it cannot be run here, or None."""
    return None if shutil.which("cyclictest") else "cyclictest is not installed (rt-tests)"


def command(cpus: Sequence[int]) -> list[str]:
    """Its command line: an ordinary thread on each of these CPUs, every sample printed in ns.

    It is kept from tuning the system: the other cells are measured without that, too.
    """
    words = ["cyclictest", "--default-system", "--policy=other", "-v", "-N"]
    words += ["-a", format_cpu_list(cpus)]
    return [*words, "-d", "0", "-t", str(len(cpus)), "-i", str(INTERVAL_US)]


def sample_of(line: str) -> int | None:
    """Lateness in a line ``thread: number: ns``, None for any other line."""
    found = SAMPLE.match(line)
    return int(found[1]) if found else None


class CyclictestSession(NoProgramSession):
    """cyclictest, and the hard timers that wake it, as distributions of a trial."""

    def __init__(self, cpus: Sequence[int]) -> None:
        """Start it on these CPUs.

        Raises:
            BenchError: It is not installed, or the kernel refused the hook on its timers.
        """
        missing = missing_cyclictest()
        if missing:
            raise BenchError(missing, remedy="Install rt-tests, or choose --controls basic")
        self._samples = np.zeros(1, abi.DISTRIBUTION)
        with self.acquiring() as held:
            self._timers = HardTimers()
            held.callback(self._timers.close)
            super().__init__({LATE: self._samples, HARD_TIMER: self._timers.view()})
            with timer_slack(1):
                child = Child(command(cpus), stdout=subprocess.PIPE)
            self._process = held.enter_context(child)
            self._reader = DriverThreads("reading cyclictest's samples", self._read)
            held.callback(self._end)
            self._reader.start()

    def _read(self) -> None:
        with open(self._process.output.fileno(), closefd=False) as lines:
            for line in lines:
                late = sample_of(line)
                if late is not None:
                    count(self._samples[0], late)

    def detach(self) -> None:
        """End it.

        Raises:
            BenchError: It had ended before, or said what cannot be read.
        """
        died = self._process.died() if self._process.code is not None else None
        self._end()
        self._timers.detach()
        if died is not None:
            raise died

    def _end(self) -> None:
        self._process.terminate()
        self._process.wait(END_S)
        self._reader.close()


@contextmanager
def timer_slack(slack_ns: int) -> Iterator[None]:
    """Processes started within the block may be woken so much later than they ask for.

    By default the kernel adds 50 us to sleeps of ordinary threads, and none to bpf_timer.
    """
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_TIMERSLACK, ctypes.c_ulong(slack_ns), 0, 0, 0)
    try:
        yield
    finally:
        libc.prctl(PR_SET_TIMERSLACK, ctypes.c_ulong(0), 0, 0, 0)


def count(row: np.void, value: int) -> None:
    """Count a value as ``record_value`` of bpf/distribution.h does."""
    if value < 0:
        row["negative"] += 1
        return
    row["total_ns"] += value
    row["min_ns"] = min(int(row["min_ns"]), value)
    row["max_ns"] = max(int(row["max_ns"]), value)
    if value > HIGHEST:
        row["overflow"] += 1
    else:
        row["counts"][index_of(value)] += 1
