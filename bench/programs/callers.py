"""Threads that call a syscall program, one pinned to each CPU, at a rate or without pause."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from bench import abi
from bench.errors import BenchError
from bench.flood.pace import due
from bench.programs.driver import Counts

LARGEST = 1_000
"""Operations of one call, so that threads stop soon and the runner gets its turn."""
PAUSE_S = 0.001
"""Without anything due; operations due within it are done by one call."""
END_S = 10.0

Run = Callable[[str, npt.NDArray[np.void]], int]


class Callers:
    """A driver: calls ``program`` with ``struct arm_args`` from all CPUs at once.

    Each call does ``count`` operations on the keys ``first + n * stride`` of its thread.
    Counts: ``called``, the operations asked for so far.

    Args:
        run: Runs a syscall program.
        program: Its name; anything but 0 is a failure.
        cpus: CPUs to call it from.
        rate_hz: Operations per second of all of them together; None = as fast as it goes.
    """

    def __init__(self, run: Run, program: str, cpus: Sequence[int], rate_hz: int | None) -> None:
        """Remember what to do."""
        self._run, self._program, self._cpus = run, program, cpus
        self._rate_hz = rate_hz
        self._called = [0] * len(cpus)
        self._stopping = threading.Event()
        self._errors: list[BaseException] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        """Nothing to prepare."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the threads."""
        self._join()

    def start(self) -> None:
        """Begin to call."""
        self._begin_ns = time.monotonic_ns()
        for nth in range(len(self._cpus)):
            thread = threading.Thread(target=self._call, args=(nth,), name="caller", daemon=True)
            self._threads.append(thread)
            thread.start()

    def counts(self) -> Counts:
        """Operations asked for so far.

        Raises:
            BenchError: A call failed.
        """
        if self._errors:
            error = self._errors[0]
            raise BenchError(f"calling {self._program} failed: {error}") from error
        return {"called": sum(self._called)}

    def stop(self) -> None:
        """Call no more.

        Raises:
            BenchError: A call failed, or a thread hangs.
        """
        self._join()
        self.counts()

    def _join(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(END_S)
            if thread.is_alive():
                raise BenchError(f"a thread that calls {self._program} did not end in {END_S:g} s")

    def _call(self, nth: int) -> None:
        try:
            # Ctrl-C and the like are for the main thread, and would end a system call early.
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            os.sched_setaffinity(0, {self._cpus[nth]})
            while not self._stopping.is_set():
                self._step(nth)
        except (BenchError, OSError) as error:
            self._errors.append(error)

    def _step(self, nth: int) -> None:
        number = min(self._due(nth), LARGEST)
        if not number:
            time.sleep(PAUSE_S)
            return
        arguments = np.zeros(1, abi.ARM_ARGS)
        arguments["first"], arguments["stride"] = nth, len(self._cpus)
        arguments["count"] = number
        if self._run(self._program, arguments) != 0:
            raise BenchError(f"it answered other than 0 on CPU {self._cpus[nth]}")
        self._called[nth] += number

    def _due(self, nth: int) -> int:
        """What the schedule asks of one thread and has not got; it is not moved by delays."""
        if self._rate_hz is None:
            return LARGEST
        elapsed_ns = time.monotonic_ns() - self._begin_ns
        return max(due(self._rate_hz, elapsed_ns) // len(self._cpus) - self._called[nth], 0)
