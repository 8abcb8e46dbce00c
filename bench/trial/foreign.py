"""Traffic in a window that is not the trial's own load. Pure.

The kernel counts connections of the runner's network namespace, whoever makes them. What the load
made can be distinguished from them without a doubt only between two bounds, and the benefit of the
doubt is the load's: every attempt that may have come within the window is taken for its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from bench.host.traffic import Traffic
from bench.trial.measurement import Window

OPENING_SEGMENTS, CLOSING_SEGMENTS = 3, 4
"""RFC 9293, figures 5 and 12, both ends: SYN, SYN and ACK, ACK; then a FIN and an ACK of each."""
DATA_SEGMENTS = 4
"""A segment, its echo, and an acknowledgement of each."""
LEAST_SEGMENT_BYTES = 536
"""What a segment holds at least on a path with IPv4's smallest MTU, RFC 9293, section 3.7.1."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """What is not the load's.

    Attributes:
        connections: Connections begun, accepted or refused in this namespace.
        packets: Packets received; beside a load, datagrams, and segments that are more than the
            load's own can be.
        window_ns: Time that both are of.
    """

    connections: int
    packets: int
    window_ns: int


def foreign_traffic(
    window: Window, *, loaded_here: bool, begun_here: bool, payload_bytes: int = 0
) -> Foreign:
    """What arrived in the window that the trial did not make.

    Args:
        window: With the counts of the kernel and of the load at its ends.
        loaded_here: Whether the load has its serving end in the runner's namespace.
        begun_here: Whether it has its connecting end there, too.
        payload_bytes: What each of its connections sends, and gets back.
    """
    seen = window.closing.traffic.since(window.opening.traffic)
    attempts, resets = _own(window) if loaded_here else (0, 0)
    opened = seen.opened - (attempts if begun_here else 0)
    accepted = seen.accepted - attempts
    # Whoever's they were: with its table full the kernel answers the last segments so.
    refused = seen.refused - resets - seen.forgotten - (seen.late if loaded_here else 0)
    return Foreign(
        # A connection within this namespace is both opened and accepted: it counts once.
        connections=max(opened, accepted, 0) + max(refused, 0),
        # Those of an interface that was removed meanwhile are gone with it.
        packets=_beside(window, seen, payload_bytes) if loaded_here else max(seen.packets, 0),
        window_ns=seen.t_ns,
    )


def _beside(window: Window, seen: Traffic, payload_bytes: int) -> int:
    """Datagrams, of which a load has none, and segments beyond the most that it can have.

    What comes on connections that somebody holds is seen by nothing else.
    """
    before, after = window.opening.load, window.closing.load
    if before is None or after is None:
        return 0
    attempts = after.attempted - before.connected
    closed = after.closed - before.closed
    exchanging = attempts + before.connected - before.closed
    data = DATA_SEGMENTS * ceil(payload_bytes / LEAST_SEGMENT_BYTES)
    own = OPENING_SEGMENTS * attempts + CLOSING_SEGMENTS * closed + data * exchanging
    return seen.datagrams + max(seen.segments - own, 0)


def _own(window: Window) -> tuple[int, int]:
    """Most connections that the load can have made in the window, and most resets of its own.

    The load is asked before the kernel at the opening, and after it at the closing. A reset
    answers an attempt that fails; those that answer late segments are counted by the kernel.
    """
    before, after = window.opening.load, window.closing.load
    if before is None or after is None:
        return 0, 0
    attempts = after.attempted - before.connected
    return attempts, attempts - (after.connected - before.connected)
