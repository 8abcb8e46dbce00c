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
    OuterMap,
    TimeoutShape,
)
from bench.units import NS_PER_S

ARM_NS = 2_000
"""Allowance for arming one timer; on the reference machine it takes less than half."""


class Resident(Program):
    """Accuracy and callback throughput of resident timers."""

    name: ClassVar[str] = "resident"
    source: ClassVar[str] = "resident.bpf.c"
    syscalls: ClassVar[tuple[str, ...]] = ("arm",)
    map_types: ClassVar[tuple[MapType, ...]] = tuple(MapType)
    outer_maps: ClassVar[tuple[OuterMap, ...]] = tuple(OuterMap)
    flags: ClassVar[tuple[Flag, ...]] = tuple(Flag)
    timeout_shapes: ClassVar[tuple[TimeoutShape, ...]] = tuple(TimeoutShape)
    unused_axes: ClassVar[tuple[str, ...]] = ("hook",)
    key_bytes: ClassVar[int] = 4

    def normalise(self, cell: Cell) -> Cell:
        """Timers start again unless it is said that they do not."""
        return super().normalise(replace(cell, mode=cell.mode or Mode.PERIODIC))

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

    def settling_ns(self, cell: Cell) -> int:
        """Time in which all timers can be armed before the first of them expires."""
        return cell.map_size * ARM_NS
