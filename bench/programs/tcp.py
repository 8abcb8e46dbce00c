"""``tcp``: one timer per new connection; its callback collects the entry."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from bench.programs.base import Program
from bench.programs.seeding import check_kept, connections_of
from bench.spec import Cell, Ends, Flag, Hook, MapType, Option, OuterMap, TimeoutShape
from bench.spec.held import HELD, held_of
from bench.units import NS_PER_S

FASTEST_HZ = 60_000
"""Connections per second assumed for a closed loop when memory is reserved."""
FREE_DELAY_S = 1.0
"""Time allowed for freed timers to come back through RCU."""

_PASSIVE: dict[Hook | None, tuple[str, ...]] = {
    Hook.FENTRY: ("fexit_server",),
    Hook.TP_BTF: ("tp_btf_state",),
    Hook.SOCKOPS: ("sockops_established",),
}
_ACTIVE: dict[Hook | None, tuple[str, ...]] = {Hook.FENTRY: ("fentry_client",)}
"""Those that meet active ends apart; the others meet every end, and look which it is."""


class Tcp(Program):
    """One timer per connection, as load balancers and firewalls would have."""

    name: ClassVar[str] = "tcp"
    meaning: ClassVar[str] = "a timer for each new TCP connection, whose entry it removes"
    source: ClassVar[str] = "tcp.bpf.c"
    hooks: ClassVar[tuple[Hook, ...]] = (Hook.FENTRY, Hook.TP_BTF, Hook.SOCKOPS)
    map_types: ClassVar[tuple[MapType, ...]] = (
        MapType.HASH,
        MapType.HASH_NOPREALLOC,
        MapType.LRU_HASH,
    )
    outer_maps: ClassVar[tuple[OuterMap, ...]] = tuple(OuterMap)
    flags: ClassVar[tuple[Flag, ...]] = tuple(Flag)
    timeout_shapes: ClassVar[tuple[TimeoutShape, ...]] = tuple(TimeoutShape)
    needs_load: ClassVar[bool] = True
    unused_axes: ClassVar[tuple[str, ...]] = ("mode", "rearm", "phase", "arm_cpus")
    options: ClassVar[tuple[Option, ...]] = (HELD,)
    key_bytes: ClassVar[int] = 40

    def normalise(self, cell: Cell) -> Cell:
        """Where connections are met is found out unless it is said, and at which ends."""
        said = replace(cell, hook=cell.hook or Hook.AUTO, ends=cell.ends or Ends.SERVER)
        return super().normalise(said)

    def check(self, cell: Cell) -> None:
        """Refuse, beside what no program can do, entries that would not be held."""
        super().check(cell)
        check_kept(cell)

    def offered_hz(self, cell: Cell, connections_hz: float) -> float:
        """One expiry per measured end of each connection."""
        return ends_of(cell) * connections_hz

    def outstanding(self, cell: Cell) -> int:
        """Ends that live at once, those freed but not yet returned by RCU included."""
        rate = FASTEST_HZ if cell.load_hz is None else cell.load_hz
        seconds = cell.stated_timeout_ns / NS_PER_S + FREE_DELAY_S
        ends_hz = ends_of(cell) * rate
        live = ends_hz * seconds + held_of(cell)
        return int(min(live, cell.stated_map_size + ends_hz * FREE_DELAY_S))

    def seeds(self, cell: Cell) -> int:
        """Those of whole connections."""
        ends = ends_of(cell)
        of_each = (cell.population or 0, held_of(cell))
        return sum(ends * connections_of(timers, ends) for timers in of_each if timers)

    def hook_programs(self, cell: Cell, hook: Hook | None) -> tuple[str, ...]:
        """Those that meet the measured ends; with both, by fentry, the two of the article."""
        active = _ACTIVE.get(hook, ()) if cell.ends is Ends.BOTH else ()
        return (*active, *_PASSIVE[hook])

    def expected_timers(self, cell: Cell, attempted: int, connected: int, hook: Hook) -> int | None:
        """A timer per measured end of each connection; fentry meets active ends at the SYN."""
        if cell.ends is not Ends.BOTH:
            return connected
        return connected + (attempted if hook is Hook.FENTRY else connected)


def ends_of(cell: Cell) -> int:
    """Ends of a connection that hold a timer."""
    return 2 if cell.ends is Ends.BOTH else 1
