"""``xdp_gc``: one timer per flow in the packet path, pushed back by each of its packets."""

from __future__ import annotations

from typing import ClassVar

from bench.errors import UsageError
from bench.programs import flooding
from bench.programs.base import Place, Program
from bench.programs.option import at_default
from bench.programs.seeding import check_kept
from bench.programs.tcp import FASTEST_HZ, FREE_DELAY_S
from bench.spec import Cell, Flag, Hook, MapType, TimeoutShape
from bench.spec.held import HELD, held_of
from bench.spec.option import Option
from bench.units import NS_PER_S, exact_count
from bench.words.plurals import counted

ROUNDS_HELD = 10
"""Rounds of a flood within a timeout from which its flows do not expire, even if it is slow."""


SEED_FLOOD = "seed_flood"
"""Syscall program of bpf/flow_table.h."""
_OF_FLOOD = (
    flooding.FLOWS, flooding.ORDER, flooding.FAMILY, flooding.CPUS, flooding.PROTOCOL,
)  # fmt: skip
"""What means nothing without one."""


class XdpGc(Program):
    """A flow table in the packet path, whose idle flows are collected."""

    name: ClassVar[str] = "xdp_gc"
    meaning: ClassVar[str] = "a flow table in XDP, a timer a flow, pushed back by each packet"
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
    unused_axes: ClassVar[tuple[str, ...]] = (
        "hook",
        "ends",
        "mode",
        "rearm",
        "phase",
        "arm_cpus",
    )
    options: ClassVar[tuple[Option, ...]] = (
        flooding.packets_option(0),
        flooding.FLOWS,
        flooding.ORDER,
        flooding.FAMILY,
        flooding.CPUS,
        HELD,
    )
    measures: ClassVar[tuple[str, ...]] = ("packets", "packets_pushed_back", "packets_untimed")
    key_bytes: ClassVar[int] = 40

    def normalise(self, cell: Cell) -> Cell:
        """Without a flood it has no flows of one."""
        complete = super().normalise(cell)
        if flooding.floods(complete):
            return complete
        return at_default(complete, [option for option in self.options if option in _OF_FLOOD])

    def check(self, cell: Cell) -> None:
        """Refuse, beside what no program can do, a cell in which there is no flow."""
        super().check(cell)
        if not cell.has_load and not flooding.floods(cell):
            raise UsageError(
                f"program {self.name} needs flows, but load and packets_hz are 0",
                remedy="Give --load a rate such as 5k, or --option packets_hz=100k",
            )
        if cell.population is not None:
            self._check_population(cell)
        if not held_of(cell):
            return
        if flooding.floods(cell):
            self._check_flood_holds(cell)
        else:
            check_kept(cell)

    def offered_hz(self, cell: Cell, connections_hz: float) -> float | None:
        """Expiries of the flood, if its rate is known; connections expire when they like.

        A flow of the flood that comes again within the timeout never expires; others expire
        once for each packet. Of flows drawn at random nobody knows how many do.
        """
        rate_hz = flooding.rate_hz(cell)
        if cell.has_load or rate_hz is None or not flooding.in_turn(cell):
            return None
        return float(rate_hz) if self._expires(cell, rate_hz) else 0.0

    def needs_callbacks(self, cell: Cell) -> bool:
        """Not where a flood pushes its flows back for ever, or evicts them before their timers.

        What is measured then is the rate, or the evictions.
        """
        rate_hz = flooding.rate_hz(cell)
        if cell.has_load:
            return True
        if rate_hz is None or not flooding.in_turn(cell) or not self._expires(cell, rate_hz):
            return False
        evicting = cell.map_type is MapType.LRU_HASH
        return not evicting or rate_hz * cell.stated_timeout_ns < cell.stated_map_size * NS_PER_S

    def lead_ns(self, cell: Cell, warmup_ns: int) -> int:
        """Flows of a flood that pushes them back for ever are all there after one round.

        Those of them that are held are there before.
        """
        if not flooding.floods(cell) or (cell.has_load and cell.population is None):
            return super().lead_ns(cell, warmup_ns)
        round_ns = flooding.round_ns(cell)
        if round_ns is None or not _pushes_back(cell, round_ns):
            return super().lead_ns(cell, warmup_ns)
        return warmup_ns + (0 if held_of(cell) == cell.number("flows") else round_ns)

    def programs(self, cell: Cell, hook: Hook | None) -> tuple[str, ...]:
        """Those of every program, and what seeds flows of the flood."""
        held = held_of(cell) and flooding.floods(cell)
        return (*super().programs(cell, hook), *((SEED_FLOOD,) if held else ()))

    def _expires(self, cell: Cell, rate_hz: int) -> bool:
        return cell.number("flows") * NS_PER_S > rate_hz * cell.stated_timeout_ns

    def outstanding(self, cell: Cell) -> int:
        """Flows in the table, and those that were removed but not yet returned by RCU.

        A flow can expire once per timeout at most, however fast the flood turns out to be.
        """
        flood_hz = flooding.fastest_hz(cell)
        load_hz = FASTEST_HZ if cell.load_hz is None else cell.load_hz
        flows = cell.number("flows") if flood_hz else held_of(cell)
        live = int(flows + load_hz * (cell.stated_timeout_ns + cell.hold_ns) / NS_PER_S)
        evicting = cell.map_type is MapType.LRU_HASH and live > cell.stated_map_size
        expiries_hz = min(flood_hz, flows * NS_PER_S // cell.stated_timeout_ns)
        removed_hz = load_hz + (flood_hz if evicting else expiries_hz)
        return min(live, cell.stated_map_size) + int(removed_hz * FREE_DELAY_S)

    def _check_population(self, cell: Cell) -> None:
        """Refuse what would make it another number than load x timeout."""
        what = f"a population of {self.name} is of connections"
        if flooding.floods(cell) and not _holds(cell):
            raise UsageError(
                f"{what}, but flows of its flood expire as well, or may",
                remedy=_HOLDING,
            )
        flows = cell.number("flows") if flooding.floods(cell) else 0
        if (cell.population or 0) + flows > cell.stated_map_size:
            raise UsageError(
                f"map size {exact_count(cell.stated_map_size)} cannot hold a population of "
                f"{exact_count(cell.population or 0)} and a flood's {counted(flows, 'flow')}",
                remedy="Give option held as many as flows: map_size follows",
            )
        if cell.hold_ns:
            raise UsageError(
                f"{what} that close at once, but hold is not 0",
                remedy="Leave hold out: flows live for a timeout after their last packet",
            )

    def _check_flood_holds(self, cell: Cell) -> None:
        """Refuse flows that the flood would let expire, and more than it has."""
        held, flows = held_of(cell), cell.number("flows")
        if held > flows:
            raise UsageError(
                f"option held is {held}, but the flood that pushes them back has "
                f"{counted(flows, 'flow')}",
                remedy="Give held at most as many as flows",
            )
        if not _holds(cell):
            raise UsageError(
                "the flood lets flows expire that are to be held, or may", remedy=_HOLDING
            )


_HOLDING = (
    f"Let each flow come {ROUNDS_HELD} times within the timeout: a higher packets_hz, fewer "
    "flows, flow_order turn"
)


def _pushes_back(cell: Cell, round_ns: int) -> bool:
    return ROUNDS_HELD * round_ns <= cell.stated_timeout_ns


def _holds(cell: Cell) -> bool:
    """Whether the flood pushes all its flows back for ever."""
    round_ns = flooding.round_ns(cell)
    return round_ns is not None and _pushes_back(cell, round_ns)
