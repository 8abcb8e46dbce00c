"""The options that describe a flood of packets."""

from __future__ import annotations

from enum import StrEnum

from bench.spec import Cell, OptionValue
from bench.spec.option import Option, choice, count
from bench.units import NS_PER_S

AS_FAST_AS_IT_GOES = "max"
FASTEST_HZ = 5_000_000
"""Packets per second assumed for a flood as fast as it goes when memory is reserved."""
MOST_HZ = 10_000_000
MAX_FLOWS = 2**32 - 1


def rate(value: object) -> OptionValue:
    """Packets per second such as ``100k``, 0 for no flood, or ``max``."""
    if value == AS_FAST_AS_IT_GOES:
        return AS_FAST_AS_IT_GOES
    try:
        return count(0, MOST_HZ)(value)
    except ValueError as error:
        raise ValueError(f"{error}; {AS_FAST_AS_IT_GOES} is as fast as it goes") from error


def packets_option(default: OptionValue) -> Option:
    """The rate of the flood."""
    meaning = "Synthetic packets per second, such as 100k; 0 is none, max as fast as it goes."
    return Option("packets_hz", meaning, default, rate)


class FlowOrder(StrEnum):
    """How a flood takes its flows: in turn, at random all alike, or at random few of them often."""

    TURN = "turn"
    UNIFORM = "uniform"
    ZIPF = "zipf"


FLOWS = Option("flows", "Distinct flows of the flood.", 10_000, count(1, MAX_FLOWS))
ORDER = Option(
    "flow_order",
    "Order of the flows: in turn, or drawn at random, uniform or by Zipf's law.",
    FlowOrder.TURN.value,
    choice(*FlowOrder),
)
FAMILY = Option("packets_ip", "IP version of the flood.", "ipv4", choice("ipv4", "ipv6"))

PROTOCOL = Option("packets_protocol", "Protocol of the flood.", "tcp", choice("tcp", "udp"))
CPUS = Option(
    "packets_cpus", "Whether one CPU sends the flood, or all do.", "one", choice("one", "all")
)


def floods(cell: Cell) -> bool:
    """Whether there is a flood at all."""
    return cell.option("packets_hz") != 0


def rate_hz(cell: Cell) -> int | None:
    """Packets per second; None = as fast as it goes."""
    return None if cell.option("packets_hz") == AS_FAST_AS_IT_GOES else cell.number("packets_hz")


def protocol(cell: Cell) -> str:
    """Protocol of the flood; only some programs meet others than TCP."""
    return str(dict(cell.options).get(PROTOCOL.name, PROTOCOL.default))


def round_ns(cell: Cell) -> int | None:
    """Time until a flow in turn comes again; None where there is no such time."""
    rate = rate_hz(cell)
    return cell.number("flows") * NS_PER_S // rate if rate and in_turn(cell) else None


def in_turn(cell: Cell) -> bool:
    """Whether each flow comes again after all others, so that its packets are evenly spaced."""
    return cell.option("flow_order") == FlowOrder.TURN


def fastest_hz(cell: Cell) -> int:
    """Packets per second at most, for estimates."""
    rate = rate_hz(cell)
    return FASTEST_HZ if rate is None else rate
