"""``resident``: `map_size` timers, each re-arming itself every timeout, or firing once."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from bench.programs.base import Program
from bench.spec import (
    Cell,
    Flag,
    MapType,
    Mode,
    Option,
    OuterMap,
    Phase,
    Rearm,
    TimeoutShape,
)
from bench.spec.option import count
from bench.units import NS_PER_S

MOST_WORK = 1_000_000
"""Turns of extra work: about a millisecond; ``bpf_loop`` takes eight million."""
STEADY_NS = NS_PER_S
"""Longest wait for timers that expire evenly anyway."""
ARM_NS = 1_000
"""Allowance for arming one timer, several CPUs together."""


class Resident(Program):
    """Accuracy and callback throughput of resident timers."""

    name: ClassVar[str] = "resident"
    meaning: ClassVar[str] = "so many timers in a map that fire and start again"
    source: ClassVar[str] = "resident.bpf.c"
    syscalls: ClassVar[tuple[str, ...]] = ("arm",)
    map_types: ClassVar[tuple[MapType, ...]] = tuple(MapType)
    outer_maps: ClassVar[tuple[OuterMap, ...]] = tuple(OuterMap)
    flags: ClassVar[tuple[Flag, ...]] = (Flag.CPU_PIN,)
    timeout_shapes: ClassVar[tuple[TimeoutShape, ...]] = tuple(TimeoutShape)
    unused_axes: ClassVar[tuple[str, ...]] = ("hook", "ends", "population")
    options: ClassVar[tuple[Option, ...]] = (
        Option(
            "extra_work",
            "Turns of known work in each callback, to hold comparisons against a truth.",
            0,
            count(0, MOST_WORK),
            hidden=True,
        ),
    )
    key_bytes: ClassVar[int] = 4

    def normalise(self, cell: Cell) -> Cell:
        """Timers start again, and keep their grid, unless it is said that they do not."""
        mode = cell.mode or Mode.PERIODIC
        rearm = (cell.rearm or Rearm.ABSOLUTE) if mode is Mode.PERIODIC else None
        return super().normalise(replace(cell, mode=mode, rearm=rearm))

    def rearms(self, cell: Cell) -> bool:
        """Periodic timers do."""
        return cell.mode is not Mode.ONE_SHOT

    def keeps_grid(self, cell: Cell) -> bool:
        """Absolute timers, unless each of their periods is drawn anew."""
        return cell.rearm is Rearm.ABSOLUTE and cell.timeout_shape is TimeoutShape.FIXED

    def offered_hz(self, cell: Cell, connections_hz: float) -> float:
        """Every timer once per timeout, whatever the load."""
        return cell.stated_map_size * NS_PER_S / cell.stated_timeout_ns

    def lead_ns(self, cell: Cell, warmup_ns: int) -> int:
        """One-shot timers fire within one timeout only, so the window opens with the first.

        Timers that are spread over a grid expire at the same rate from the first on.
        """
        if not self.rearms(cell):
            return 0
        steady = self.keeps_grid(cell) and cell.phase is not Phase.BURST
        return warmup_ns + (
            min(cell.stated_timeout_ns, STEADY_NS) if steady else cell.stated_timeout_ns
        )

    def outstanding(self, cell: Cell) -> int:
        """Exactly the map's size: no timer is freed during a trial."""
        return cell.stated_map_size

    def settling_ns(self, cell: Cell) -> int:
        """Time in which all timers can be armed before the first of them expires."""
        return cell.stated_map_size * ARM_NS
