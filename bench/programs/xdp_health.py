"""``xdp_health``: one timer per backend; a backend without packets for a timeout is down."""

from __future__ import annotations

from typing import ClassVar

from bench.errors import UsageError
from bench.programs import flooding
from bench.programs.base import Place, Program
from bench.programs.option import at_default
from bench.spec import Cell, Flag, MapType
from bench.spec.option import Option, count, duration
from bench.units import NS_PER_MS, NS_PER_S, exact_duration
from bench.words.plurals import counted

TIMEOUTS = 2
"""Timeouts between the end of an outage of a backend and its next one, at least."""


LENGTH = Option(
    "outage_ns",
    "How long a backend is silent, such as 500ms; longer than the timeout.",
    500 * NS_PER_MS,
    duration(NS_PER_MS, 3600 * NS_PER_S),
)


class XdpHealth(Program):
    """Backends whose packets are all that is known about them."""

    name: ClassVar[str] = "xdp_health"
    meaning: ClassVar[str] = "a timer for each backend, which marks it down when it is silent"
    source: ClassVar[str] = "xdp_health.bpf.c"
    place: ClassVar[Place] = Place.VETH
    xdp: ClassVar[str] = "watch"
    map_types: ClassVar[tuple[MapType, ...]] = (MapType.ARRAY,)
    beside: ClassVar[tuple[str, ...]] = ("silenced", "outages")
    flags: ClassVar[tuple[Flag, ...]] = tuple(Flag)
    unused_axes: ClassVar[tuple[str, ...]] = (
        "hook",
        "ends",
        "population",
        "map_type",
        "mode",
        "rearm",
        "phase",
        "arm_cpus",
    )
    options: ClassVar[tuple[Option, ...]] = (
        flooding.packets_option(20_000),
        flooding.FAMILY,
        Option("outages_hz", "Outages that begin per second; 0 is none.", 20, count(0, 10_000)),
        LENGTH,
    )
    measures: ClassVar[tuple[str, ...]] = (
        "packets",
        "marked_down",
        "detected",
        "false_alarms",
        "marked_up",
    )
    distributions: ClassVar[tuple[str, ...]] = ("detection_delay",)
    key_bytes: ClassVar[int] = 4

    def normalise(self, cell: Cell) -> Cell:
        """Without outages they have no length."""
        complete = super().normalise(cell)
        return complete if complete.number("outages_hz") else at_default(complete, (LENGTH,))

    def check(self, cell: Cell) -> None:
        """Refuse also backends without packets, and outages that cannot be distinguished."""
        super().check(cell)
        if not flooding.floods(cell):
            raise UsageError(
                "program xdp_health needs packets of its backends, but packets_hz is 0",
                remedy="Give --option packets_hz=20k, or max",
            )
        if cell.number("outages_hz"):
            self._check_outages(cell)

    def _check_outages(self, cell: Cell) -> None:
        length_ns = cell.number("outage_ns")
        if length_ns <= cell.stated_timeout_ns:
            raise UsageError(
                f"outages of {exact_duration(length_ns)} end before the timeout of "
                f"{exact_duration(cell.stated_timeout_ns)}",
                remedy="Give --option outage_ns a longer time than --timeout",
            )
        turn_ns = cell.stated_map_size * NS_PER_S // cell.number("outages_hz")
        if turn_ns < length_ns + TIMEOUTS * cell.stated_timeout_ns:
            raise UsageError(
                f"each of {counted(cell.stated_map_size, 'backend')} would fall silent again after "
                f"{exact_duration(turn_ns)}, too soon to be seen up in between",
                remedy="Use more backends (--map-size), or fewer or shorter outages",
            )

    def offered_hz(self, cell: Cell, connections_hz: float) -> float:
        """One expiry for each outage."""
        return float(cell.number("outages_hz"))

    def needs_callbacks(self, cell: Cell) -> bool:
        """Without outages there should be none: each would be a false alarm."""
        return cell.number("outages_hz") > 0

    def outstanding(self, cell: Cell) -> int:
        """One timer for each backend."""
        return cell.stated_map_size
