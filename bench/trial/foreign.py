"""Traffic in a window that is not the trial's own load. Pure.

The kernel counts connections of the runner's network namespace, whoever makes them. What the load
made can be told from them without a doubt only between two bounds, and the benefit of the doubt
is the load's: every attempt that may have come within the window is taken for its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from bench.trial.measurement import Window


@dataclass(frozen=True, slots=True)
class Foreign:
    """What is not the load's.

    Attributes:
        connections: Connections begun, accepted or refused in this namespace.
        packets: Packets received; None where the load's own are among them.
        window_ns: Time that both are of.
    """

    connections: int
    packets: int | None
    window_ns: int


def foreign_traffic(window: Window, *, loaded_here: bool, begun_here: bool) -> Foreign:
    """What arrived in the window that the trial did not make.

    Args:
        window: With the counts of the kernel and of the load at its ends.
        loaded_here: Whether the load has its serving end in the runner's namespace.
        begun_here: Whether it has its connecting end there, too.
    """
    seen = window.closing.traffic.since(window.opening.traffic)
    attempts, unanswered = _own(window) if loaded_here else (0, 0)
    opened = seen.opened - (attempts if begun_here else 0)
    accepted = seen.accepted - attempts
    refused = seen.refused - unanswered
    return Foreign(
        # A connection within this namespace is both opened and accepted: it counts once.
        connections=max(opened, accepted, 0) + max(refused, 0),
        # Those of an interface that was removed meanwhile are gone with it.
        packets=None if loaded_here else max(seen.packets, 0),
        window_ns=seen.t_ns,
    )


def _own(window: Window) -> tuple[int, int]:
    """Most connections that the load can have made in the window, and most that failed.

    The load is asked before the kernel at the opening, and after it at the closing.
    """
    before, after = window.opening.load, window.closing.load
    if before is None or after is None:
        return 0, 0
    attempts = after.attempted - before.connected
    return attempts, attempts - (after.connected - before.connected)
