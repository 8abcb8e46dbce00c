"""Threads that call a syscall program, one pinned to each CPU, at a rate or without pause."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from bench import abi
from bench.errors import BenchError
from bench.flood.pace import due
from bench.host.affinity import pin
from bench.programs.base import Counts
from bench.resources import Resource
from bench.threads import DriverThreads

LARGEST = 1_000
"""Operations of one call, so that threads stop soon and the runner gets its turn."""
PAUSE_S = 0.001
"""Without anything due; operations due within it are done by one call."""

Run = Callable[[str, npt.NDArray[np.void]], int]


class Callers(Resource):
    """An activity: calls ``program`` with ``struct arm_args`` from all CPUs at once.

    Each call does ``count`` operations on the keys ``first + n * stride`` of its thread.
    Counts: ``called``, the operations asked for so far.

    Attributes:
        unit: Operations that cannot be divided, and ``largest`` that one call does.

    Args:
        run: Runs a syscall program.
        program: Its name; anything but 0 is a failure.
        cpus: CPUs to call it from.
        rate_hz: Operations per second of all of them together; None = as fast as it goes.
    """

    unit: ClassVar[int] = 1
    largest: ClassVar[int] = LARGEST

    def __init__(self, run: Run, program: str, cpus: Sequence[int], rate_hz: int | None) -> None:
        """Remember what to do."""
        self._run, self._program, self._cpus = run, program, cpus
        self._rate_hz = rate_hz
        self._called = [0] * len(cpus)
        work = (partial(self._call, nth) for nth in range(len(cpus)))
        self._threads = DriverThreads(f"calling {program}", *work)
        self._held.enter_context(self._threads)

    def start(self) -> None:
        """Begin to call."""
        self._begin_ns = time.monotonic_ns()
        self._threads.start()

    def counts(self) -> Counts:
        """Operations asked for so far.

        Raises:
            BenchError: A call failed.
        """
        self._threads.check()
        return {"called": sum(self._called)}

    def stop(self) -> None:
        """Call no more.

        Raises:
            BenchError: A call failed, or a thread hangs.
        """
        self._threads.stop()

    def _call(self, nth: int) -> None:
        pin({self._cpus[nth]})
        while not self._threads.stopping.is_set():
            self._step(nth)

    def _step(self, nth: int) -> None:
        number = min(self._due(nth), self.largest) // self.unit * self.unit
        if not number:
            time.sleep(PAUSE_S)
            return
        self._do(nth, number)
        self._called[nth] += number

    def _do(self, nth: int, number: int) -> None:
        """Do so many operations from the CPU that the thread is pinned to."""
        arguments = np.zeros(1, abi.ARM_ARGS)
        arguments["first"], arguments["stride"] = nth, len(self._cpus)
        arguments["count"] = number
        self._ask(arguments, self._cpus[nth])

    def _ask(self, arguments: npt.NDArray[np.void], cpu: int) -> None:
        """Call the program once.

        Raises:
            BenchError: It failed.
        """
        if self._run(self._program, arguments) != 0:
            raise BenchError(f"it answered other than 0 on CPU {cpu}")

    def _due(self, nth: int) -> int:
        """What the schedule asks of one thread and has not got; it is not moved by delays."""
        if self._rate_hz is None:
            return self.largest
        elapsed_ns = time.monotonic_ns() - self._begin_ns
        return max(due(self._rate_hz, elapsed_ns) // len(self._cpus) - self._called[nth], 0)
