"""``resident``: `map_size` timers, each re-arming itself every timeout, or firing once."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from bench import abi
from bench.errors import TrialFailedError, UsageError
from bench.host.affinity import running_on
from bench.programs.base import Program
from bench.programs.environment import LATENESS_CLOCKS, Environment, RunProgram
from bench.programs.own_axes import with_options, without_load_axes
from bench.programs.timerfd import check_limit
from bench.spec import (
    ArmCpus,
    Cell,
    Engine,
    Flag,
    Instrument,
    MapType,
    Mode,
    OuterMap,
    Phase,
    TimeoutShape,
)
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
    engines: ClassVar[tuple[Engine, ...]] = (Engine.BPF_TIMER, Engine.TIMERFD)
    syscalls: ClassVar[tuple[str, ...]] = ("arm",)
    map_types: ClassVar[tuple[MapType, ...]] = tuple(MapType)
    outer_maps: ClassVar[tuple[OuterMap, ...]] = tuple(OuterMap)
    flags: ClassVar[tuple[Flag, ...]] = tuple(Flag)
    timeout_shapes: ClassVar[tuple[TimeoutShape, ...]] = tuple(TimeoutShape)
    unused_axes: ClassVar[tuple[str, ...]] = ("hook",)
    key_bytes: ClassVar[int] = 4

    def normalise(self, cell: Cell) -> Cell:
        """It has no hook."""
        mode = cell.mode or Mode.PERIODIC
        return without_load_axes(with_options(self, replace(cell, hook=None, mode=mode)))

    def check(self, cell: Cell) -> None:
        """Refuse what it cannot do, or timerfd has no counterpart of."""
        super().check(cell)
        if cell.engine is Engine.TIMERFD:
            _check_timerfd(cell)

    def rearms(self, cell: Cell) -> bool:
        """Periodic timers do."""
        return cell.mode is not Mode.ONE_SHOT

    def offered_hz(self, cell: Cell, connections_hz: float) -> float:
        """Every timer once per timeout, whatever the load."""
        return cell.map_size * NS_PER_S / cell.timeout_ns

    def lead_ns(self, cell: Cell, warmup_ns: int) -> int:
        """One-shot timers fire within one timeout only, so the window opens with the first."""
        return cell.timeout_ns + warmup_ns if self.rearms(cell) else 0

    def outstanding(self, cell: Cell) -> int:
        """Exactly the map's size: no timer is freed during a trial."""
        return cell.map_size

    def constants(self, cell: Cell, environment: Environment) -> dict[str, int | bytes]:
        """Number of timers and the phase of their first expiry."""
        return {
            "timer_count": cell.map_size,
            "spread_phase": int(cell.phase is Phase.SPREAD),
            "periodic": int(self.rearms(cell)),
        }

    def settling_ns(self, cell: Cell) -> int:
        """Time in which all timers can be armed before the first of them expires."""
        return cell.map_size * ARM_NS

    def arm(self, run: RunProgram, cell: Cell, environment: Environment) -> None:
        """Arm on each CPU in turn every n-th timer, so that phases interleave."""
        cpus = environment.cpus if cell.arm_cpus is not ArmCpus.ONE else environment.cpus[:1]
        epoch_ns = time.clock_gettime_ns(LATENESS_CLOCKS[cell.clock]) + self.settling_ns(cell)
        for position, cpu in enumerate(cpus):
            with running_on(cpu):
                _arm_every(run, cell.map_size, position, len(cpus), epoch_ns)


def _check_timerfd(cell: Cell) -> None:
    """Refuse axes of timers in maps that a timerfd has no counterpart of."""
    plain = replace(
        cell,
        map_type=MapType.HASH,
        outer_map=OuterMap.NONE,
        flags=(),
        timeout_shape=TimeoutShape.FIXED,
        mode=Mode.PERIODIC,
        instrument=Instrument.FULL,
    )
    if plain != cell:
        names = ("map_type", "outer_map", "flags", "timeout_shape", "mode", "instrument")
        wrong = [name for name in names if getattr(cell, name) != getattr(plain, name)]
        raise UsageError(
            f"engine timerfd has nothing like {', '.join(wrong)} of this cell",
            remedy="Leave these axes at their defaults",
        )
    check_limit(cell)


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
