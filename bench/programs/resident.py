"""``resident``: `map_size` timers, each re-arming itself every timeout."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from bench import abi
from bench.errors import TrialFailedError
from bench.programs.base import CLOCK_IDS, Environment, Program, RunProgram, without_load_axes
from bench.spec import ArmCpus, Cell, MapType, Phase
from bench.units import NS_PER_S

CHUNK = 100_000
"""Timers armed by one system call, so that an interrupt is noticed in between."""
ARM_NS = 2_000
"""Allowance for arming one timer; on the reference machine it takes less than half."""
PASSES = 4
PAUSE_S = 0.002
"""Who holds a slab's lock is done after some 100 us; want of memory lasts."""


class Resident(Program):
    """Accuracy and callback throughput of resident timers."""

    name: ClassVar[str] = "resident"
    source: ClassVar[str] = "resident.bpf.c"
    map_types: ClassVar[tuple[MapType, ...]] = tuple(MapType)
    rearms: ClassVar[bool] = True
    unused_axes: ClassVar[tuple[str, ...]] = ("hook",)
    key_bytes: ClassVar[int] = 4

    def normalise(self, cell: Cell) -> Cell:
        """It has no hook."""
        return without_load_axes(replace(cell, hook=None))

    def offered_hz(self, cell: Cell, connections_hz: float) -> float:
        """Every timer once per timeout, whatever the load."""
        return cell.map_size * NS_PER_S / cell.timeout_ns

    def outstanding(self, cell: Cell) -> int:
        """Exactly the map's size: no timer is freed during a trial."""
        return cell.map_size

    def constants(self, cell: Cell, environment: Environment) -> dict[str, int | bytes]:
        """Number of timers and the phase of their first expiry."""
        return {
            "timer_count": cell.map_size,
            "spread_phase": int(cell.phase is Phase.SPREAD),
        }

    def settling_ns(self, cell: Cell) -> int:
        """Time in which all timers can be armed before the first of them expires."""
        return cell.map_size * ARM_NS

    def arm(self, run: RunProgram, cell: Cell, environment: Environment) -> None:
        """Arm on each CPU in turn every n-th timer, so that phases interleave."""
        cpus = environment.cpus if cell.arm_cpus is not ArmCpus.ONE else environment.cpus[:1]
        before = os.sched_getaffinity(0)
        epoch_ns = time.clock_gettime_ns(CLOCK_IDS[cell.clock]) + self.settling_ns(cell)
        try:
            for position, cpu in enumerate(cpus):
                os.sched_setaffinity(0, {cpu})
                _arm_every(run, cell.map_size, position, len(cpus), epoch_ns)
        finally:
            os.sched_setaffinity(0, before)


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
