"""``tcp``: one timer per new connection end; its callback collects the entry."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from bench.programs.base import Program
from bench.spec import Cell, Flag, Hook, MapType, OuterMap, TimeoutShape
from bench.units import NS_PER_S

ENDS = 2
"""Both ends of a loopback connection are on this host."""
FASTEST_HZ = 60_000
"""Connections per second assumed for a closed loop when memory is reserved."""
FREE_DELAY_S = 1.0
"""Time allowed for freed timers to come back through RCU."""

_PROGRAMS: dict[Hook | None, tuple[str, ...]] = {
    Hook.FENTRY: ("fentry_client", "fexit_server"),
    Hook.TP_BTF: ("tp_btf_state",),
    Hook.SOCKOPS: ("sockops_established",),
}


class Tcp(Program):
    """One timer per connection, as load balancers and firewalls would have."""

    name: ClassVar[str] = "tcp"
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
    unused_axes: ClassVar[tuple[str, ...]] = ("mode", "phase", "arm_cpus")
    key_bytes: ClassVar[int] = 40

    def normalise(self, cell: Cell) -> Cell:
        """Where connections are met is found out unless it is said."""
        return super().normalise(replace(cell, hook=cell.hook or Hook.AUTO))

    def offered_hz(self, cell: Cell, connections_hz: float) -> float:
        """One expiry per connection end."""
        return ENDS * connections_hz

    def outstanding(self, cell: Cell) -> int:
        """Ends that live at once, those freed but not yet returned by RCU included."""
        rate = FASTEST_HZ if cell.load_hz is None else cell.load_hz
        seconds = cell.timeout_ns / NS_PER_S + FREE_DELAY_S
        return int(min(ENDS * rate * seconds, cell.map_size + ENDS * rate * FREE_DELAY_S))

    def offered_hz_served(self, cell: Cell, connections_hz: float) -> float:
        """One expiry per connection: the other end is elsewhere."""
        return connections_hz

    def hook_programs(self, hook: Hook | None) -> tuple[str, ...]:
        """Both programs of the article's demo, or the one of another hook."""
        return _PROGRAMS[hook]

    def expected_timers(self, attempted: int, connected: int, hook: Hook) -> int | None:
        """A timer per end of each established connection; fentry meets clients at the SYN."""
        clients = attempted if hook is Hook.FENTRY else connected
        return clients + connected

    def expected_timers_served(self, connected: int) -> int | None:
        """A timer per connection: the other end is elsewhere."""
        return connected
