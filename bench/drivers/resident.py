"""Drives ``resident``: arms its timers on the CPUs in turn."""

from __future__ import annotations

import time

import numpy as np
import numpy.typing as npt

from bench import abi
from bench.drivers.base import Driver
from bench.drivers.environment import LATENESS_CLOCKS, Environment, RunProgram
from bench.errors import TrialFailedError
from bench.host.affinity import running_on
from bench.programs.resident import Resident
from bench.spec import ArmCpus, Cell, Phase

CHUNK = 100_000
"""Timers armed by one system call, so that an interrupt is noticed in between."""
PASSES = 4
PAUSE_S = 0.002
"""Who holds a slab's lock is done after some 100 us; want of memory lasts."""


class ResidentDriver(Driver):
    """All timers are armed before the first of them expires."""

    program = Resident()

    def constants(self, cell: Cell, environment: Environment) -> dict[str, int | bytes]:
        """Number of timers and the phase of their first expiry."""
        return {
            "timer_count": cell.map_size,
            "spread_phase": int(cell.phase is Phase.SPREAD),
            "periodic": int(self.program.rearms(cell)),
        }

    def arm(self, run: RunProgram, cell: Cell, environment: Environment) -> None:
        """Arm on each CPU in turn every n-th timer, so that phases interleave."""
        cpus = environment.cpus if cell.arm_cpus is not ArmCpus.ONE else environment.cpus[:1]
        epoch_ns = time.clock_gettime_ns(LATENESS_CLOCKS[cell.clock]) + self.program.settling_ns(
            cell
        )
        for position, cpu in enumerate(cpus):
            with running_on(cpu):
                _arm_every(run, cell.map_size, position, len(cpus), epoch_ns)


def _arm_every(run: RunProgram, size: int, position: int, stride: int, epoch_ns: int) -> None:
    keys = range(position, size, stride)
    for start in range(0, len(keys), CHUNK):
        part = keys[start : start + CHUNK]
        arguments = np.zeros(1, dtype=abi.ARM_ARGS)
        arguments["first"], arguments["stride"] = part[0], stride
        arguments["count"], arguments["epoch_ns"] = len(part), epoch_ns
        _arm_part(run, arguments)


def _arm_part(run: RunProgram, arguments: npt.NDArray[np.void]) -> None:
    """Arm some timers; those that met -ENOMEM get another pass after a pause."""
    for number in range(1, PASSES + 1):
        arguments["last_pass"] = number == PASSES
        if run("arm", arguments) != 0:
            raise TrialFailedError(f"arming stopped among timers {arguments[0]}")
        if not arguments["missing"][0]:
            return
        time.sleep(PAUSE_S)
