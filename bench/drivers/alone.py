"""Operations of ``churn`` alone: threads that do rounds of them, each on a batch of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from bench import abi
from bench.drivers.callers import Callers, Run
from bench.host.affinity import pin
from bench.programs.churn import BATCH, OPERATIONS, TIMED

PREPARE, MEASURE = 1, 2
"""``enum part`` of bpf/alone.h."""
ROUND = BATCH * len(OPERATIONS)
"""Operations of a round: each of them for a batch."""
NUMBERS = tuple(TIMED.index(name) for name in OPERATIONS)
"""``enum operation`` of bpf/operations.h."""
ALL = len(TIMED)


def entries_for(queued: int, cpus: int) -> int:
    """Entries for a batch and the held timers of each CPU."""
    return (BATCH + queued) * cpus


class Batches(Callers):
    """As :class:`Callers`, with rounds of all operations, each on the batch of its thread.

    Args:
        cpus: CPUs that this process may use.
        callers: The first so many of them call, all at once.
        other: Timers are in the queue of the next CPU: the thread goes there to prepare a batch.
    """

    unit: ClassVar[int] = ROUND
    largest: ClassVar[int] = 16 * ROUND

    def __init__(
        self, run: Run, cpus: Sequence[int], callers: int, rate_hz: int | None, *, other: bool
    ) -> None:
        """Remember what to do."""
        super().__init__(run, "alone", cpus[:callers], rate_hz)
        self._homes = [cpus[(nth + 1) % len(cpus)] for nth in range(callers)] if other else None

    def _do(self, nth: int, number: int) -> None:
        arguments = np.zeros(1, abi.ALONE_ARGS)
        arguments["first"] = nth * BATCH
        arguments["rounds"] = number // ROUND
        arguments["seed"] = self._called[nth] // ROUND
        if self._homes is None:
            arguments["operation"], arguments["parts"] = ALL, PREPARE | MEASURE
            self._ask(arguments, self._cpus[nth])
            return
        arguments["rounds"] = 1
        for _ in range(number // ROUND):
            self._do_apart(nth, self._homes[nth], arguments)
            arguments["seed"] += 1

    def _do_apart(self, nth: int, home: int, arguments: npt.NDArray[np.void]) -> None:
        """A round whose batches are prepared on another CPU than they are measured on."""
        for operation in NUMBERS:
            arguments["operation"] = operation
            for part, cpu in ((PREPARE, home), (MEASURE, self._cpus[nth])):
                pin({cpu})
                arguments["parts"] = part
                self._ask(arguments, cpu)
