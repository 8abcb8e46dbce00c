"""How many guests run at a time. Pure."""

from __future__ import annotations

from bench.errors import BenchError

HOST_KEEPS_MIB = 1024
"""Left to the host besides the guests."""


def guests_at_a_time(
    wanted: int,
    *,
    cpus: int,
    available_mib: int,
    guest_cpus: int,
    guest_mib: int,
    jobs: int | None = None,
) -> int:
    """As many as have CPUs and memory of their own, at least one; ``jobs`` replaces the CPUs.

    Guests that share CPUs may hold each other up: a CPU of a guest waits for another one that
    the host does not run.

    Raises:
        BenchError: There is not memory enough for one.
    """
    fitting = (available_mib - HOST_KEEPS_MIB) // guest_mib
    if fitting < 1:
        raise BenchError(
            f"{available_mib:,} MiB of memory are available; a guest needs {guest_mib:,} MiB "
            f"and the host {HOST_KEEPS_MIB:,} MiB",
            remedy="End something that uses memory, or give guests less with --memory",
        )
    return max(1, min(wanted, fitting, jobs or cpus // guest_cpus))
