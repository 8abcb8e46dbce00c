"""Trials without a program: only connections, only sleeping threads, or nothing at all."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from bench import abi
from bench.drivers.environment import CLOCK_IDS
from bench.drivers.session import Session
from bench.host.cpus import find_cpus
from bench.programs.census import Census
from bench.programs.counters import Shared
from bench.spec import Clock


class NoProgramSession(Session):
    """Memory of a program that does not exist: its counts stay zero.

    Args:
        distributions: Name -> what a control measures instead, dtype abi.DISTRIBUTION.
    """

    without_stages = "no program is loaded"

    def __init__(self, distributions: Mapping[str, npt.NDArray[np.void]] | None = None) -> None:
        """Plain memory; nothing reaches the kernel."""
        slots = np.zeros(find_cpus().slots + 1, abi.SLOT)
        shared = Shared(slots, distributions=distributions or {})
        super().__init__(shared, np.zeros(1, abi.STOPPING), CLOCK_IDS[Clock.MONOTONIC])

    def run(self, program: str, arguments: npt.NDArray[np.void]) -> int:
        """Nothing is there to run."""
        raise AssertionError(f"{program} of a trial without a program")

    def cancel_all(self) -> None:
        """There are no timers."""

    def census(self) -> Census:
        """There are no entries."""
        return Census(entries=0, inited=0, pending=0, stranded=0)

    def detach(self) -> None:
        """Nothing is attached."""
