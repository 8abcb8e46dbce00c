"""How this machine is executed, as far as whoever booted it said so; and what that takes."""

from __future__ import annotations

import os

from bench.record import Virtual

VARIABLE = "BENCH_VIRTUAL"
"""Environment variable by which a guest's commands learn how they are executed."""
SLOWER = 10.0


def of_this_guest() -> Virtual | None:
    """How this machine is executed if it is a guest of :mod:`bench.guest`, else None."""
    value = os.environ.get(VARIABLE)
    return Virtual(value) if value else None


def patience() -> float:
    """How many times longer than on a CPU of its own a process may take here to start or answer."""
    return SLOWER if of_this_guest() is Virtual.EMULATED else 1.0
