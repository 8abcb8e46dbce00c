"""``external``: the timers of a program that this project did not load."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from bench.programs.base import Program
from bench.spec import Cell, MapType, Option
from bench.spec.external import EXEC, EXTERNAL, MAP


class External(Program):
    """What somebody else's timers do beside a load."""

    name: ClassVar[str] = EXTERNAL
    meaning: ClassVar[str] = "timers of a program that is not part of this benchmark"
    source: ClassVar[str] = ""
    map_types: ClassVar[tuple[MapType, ...]] = (MapType.HASH, MapType.ARRAY, MapType.LRU_HASH)
    unused_axes: ClassVar[tuple[str, ...]] = (
        "hook",
        "ends",
        "map_type",
        "outer_map",
        "map_size",
        "timeout",
        "population",
        "timeout_shape",
        "mode",
        "rearm",
        "clock",
        "flags",
        "phase",
        "arm_cpus",
        "instrument",
    )
    options: ClassVar[tuple[Option, ...]] = (MAP, EXEC)
    measures: ClassVar[tuple[str, ...]] = ("pushed_back",)
    key_bytes: ClassVar[int] = 0

    def normalise(self, cell: Cell) -> Cell:
        """Somebody else decides the size of the map and the timeouts."""
        return replace(super().normalise(cell), map_size=None, timeout_ns=None)

    def offered_hz(self, cell: Cell, connections_hz: float) -> None:
        """Nobody says how many there will be."""

    def outstanding(self, cell: Cell) -> int:
        """None of ours: no memory is set aside for them."""
        return 0

    def map_bytes(self, cell: Cell) -> int:
        """Its map is not ours."""
        return 0

    def lead_ns(self, cell: Cell, warmup_ns: int) -> int:
        """Nobody states a timeout to wait for."""
        return warmup_ns
