"""When a flood sends how many packets: open loop, by a schedule against the clock."""

from __future__ import annotations

from dataclasses import dataclass

from bench.units import NS_PER_MS, NS_PER_S

TICK_NS = NS_PER_MS
"""Packets due within this time are sent together: each system call has a cost of its own."""
LARGEST = 1 << 16
"""Packets sent by one system call, so that a flood can be stopped within some 50 ms."""


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next.

    Attributes:
        packets: Packets to send now.
        wait_ns: Time to sleep before the next step when none are to be sent.
    """

    packets: int
    wait_ns: int = 0


def due(rate_hz: int, elapsed_ns: int) -> int:
    """Packets that the schedule has asked for so far, the first one gap after the start."""
    return rate_hz * elapsed_ns // NS_PER_S


def shares(rate_hz: int | None, senders: int) -> tuple[int | None, ...]:
    """The rate of each of several senders, together the whole; those without one are left out.

    Args:
        rate_hz: Packets per second; None = as fast as it goes, each of them.
        senders: How many there may be.
    """
    if rate_hz is None:
        return (None,) * senders
    least, more = divmod(rate_hz, senders)
    rates = (least + (number < more) for number in range(senders))
    return tuple(rate for rate in rates if rate)


def step(rate_hz: int | None, elapsed_ns: int, offered: int) -> Step:
    """The next step of a flood.

    A flood that falls behind catches up as fast as it goes: the schedule does not move.

    Args:
        rate_hz: Packets per second; None = as fast as it goes.
        elapsed_ns: Time since the start.
        offered: Packets sent or skipped so far.
    """
    if rate_hz is None:
        return Step(LARGEST)
    behind = due(rate_hz, elapsed_ns) - offered
    if behind > 0:
        return Step(min(behind, LARGEST))
    next_ns = -(-(offered + 1) * NS_PER_S // rate_hz)
    return Step(0, max(next_ns - elapsed_ns, TICK_NS))
