"""``xdp_gc``: one timer per flow in the packet path, pushed back by each of its packets."""

from __future__ import annotations

from typing import ClassVar

from bench.errors import UsageError
from bench.programs import flooding
from bench.programs.base import Place, Program
from bench.programs.option import at_default
from bench.programs.tcp import FASTEST_HZ, FREE_DELAY_S
from bench.spec import Cell, Flag, MapType, TimeoutShape
from bench.spec.option import Option
from bench.units import NS_PER_S


class XdpGc(Program):
    """A flow table in the packet path, whose idle flows are collected."""

    name: ClassVar[str] = "xdp_gc"
    source: ClassVar[str] = "xdp_gc.bpf.c"
    place: ClassVar[Place] = Place.VETH
    xdp: ClassVar[str] = "track"
    map_types: ClassVar[tuple[MapType, ...]] = (
        MapType.HASH,
        MapType.HASH_NOPREALLOC,
        MapType.LRU_HASH,
    )
    flags: ClassVar[tuple[Flag, ...]] = tuple(Flag)
    timeout_shapes: ClassVar[tuple[TimeoutShape, ...]] = tuple(TimeoutShape)
    unused_axes: ClassVar[tuple[str, ...]] = ("hook", "mode", "phase", "arm_cpus")
    options: ClassVar[tuple[Option, ...]] = (
        flooding.packets_option(0),
        flooding.FLOWS,
        flooding.FAMILY,
    )
    measures: ClassVar[tuple[str, ...]] = ("packets", "packets_pushed_back", "packets_untimed")
    key_bytes: ClassVar[int] = 40

    def normalise(self, cell: Cell) -> Cell:
        """Without a flood it has no flows of one."""
        complete = super().normalise(cell)
        if flooding.floods(complete):
            return complete
        return at_default(complete, (flooding.FLOWS, flooding.FAMILY))

    def check(self, cell: Cell) -> None:
        """Refuse, beside what no program can do, a cell in which there is no flow."""
        super().check(cell)
        if not cell.has_load and not flooding.floods(cell):
            raise UsageError(
                "program xdp_gc needs flows, but load and packets_hz are 0",
                remedy="Give --load a rate such as 5k, or --option packets_hz=100k",
            )

    def offered_hz(self, cell: Cell, connections_hz: float) -> float | None:
        """Expiries of the flood, if its rate is known; connections expire when they like.

        A flow of the flood that comes again within the timeout never expires; others expire
        once for each packet.
        """
        rate_hz = flooding.rate_hz(cell)
        if cell.has_load or rate_hz is None:
            return None
        return float(rate_hz) if self._expires(cell, rate_hz) else 0.0

    def needs_callbacks(self, cell: Cell) -> bool:
        """Not where a flood pushes its flows back for ever, or evicts them before their timers.

        What is measured then is the rate, or the evictions.
        """
        rate_hz = flooding.rate_hz(cell)
        if cell.has_load:
            return True
        if rate_hz is None or not self._expires(cell, rate_hz):
            return False
        evicting = cell.map_type is MapType.LRU_HASH
        return not evicting or rate_hz * cell.timeout_ns < cell.map_size * NS_PER_S

    def _expires(self, cell: Cell, rate_hz: int) -> bool:
        return cell.number("flows") * NS_PER_S > rate_hz * cell.timeout_ns

    def outstanding(self, cell: Cell) -> int:
        """Flows in the table, and those that were removed but not yet returned by RCU.

        A flow can expire once per timeout at most, however fast the flood turns out to be.
        """
        flood_hz = flooding.fastest_hz(cell)
        load_hz = FASTEST_HZ if cell.load_hz is None else cell.load_hz
        flows = cell.number("flows") if flood_hz else 0
        live = int(flows + load_hz * (cell.timeout_ns + cell.hold_ns) / NS_PER_S)
        evicting = cell.map_type is MapType.LRU_HASH and live > cell.map_size
        expiries_hz = min(flood_hz, flows * NS_PER_S // cell.timeout_ns)
        removed_hz = load_hz + (flood_hz if evicting else expiries_hz)
        return min(live, cell.map_size) + int(removed_hz * FREE_DELAY_S)
