"""The options that describe a flood of packets."""

from __future__ import annotations

from bench.spec import Cell, OptionValue
from bench.spec.option import Option, choice, count

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


FLOWS = Option("flows", "Distinct flows of the flood, taken in turn.", 10_000, count(1, MAX_FLOWS))
FAMILY = Option("packets_ip", "IP version of the flood.", "ipv4", choice("ipv4", "ipv6"))


def floods(cell: Cell) -> bool:
    """Whether there is a flood at all."""
    return cell.option("packets_hz") != 0


def rate_hz(cell: Cell) -> int | None:
    """Packets per second; None = as fast as it goes."""
    return None if cell.option("packets_hz") == AS_FAST_AS_IT_GOES else cell.number("packets_hz")


def fastest_hz(cell: Cell) -> int:
    """Packets per second at most, for estimates."""
    rate = rate_hz(cell)
    return FASTEST_HZ if rate is None else rate
