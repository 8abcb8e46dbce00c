"""Processes and kernel threads as ``/proc/PID/stat`` has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.units import NS_PER_MS

PF_KTHREAD = 0x0020_0000
"""Task flag of kernel threads; source: ``include/linux/sched.h``."""
PROC = Path("/proc")
TICK_NS = 10 * NS_PER_MS
"""USER_HZ, the unit of ``/proc``, is 100 on every architecture that libbpf knows."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process, or a kernel thread.

    Attributes:
        parent: Its parent's pid.
        flags: Of the task, such as PF_KTHREAD.
        own_ns: CPU time of its threads, also of those that have ended, in ticks.
        children_ns: That of its children that have ended, and theirs.
    """

    pid: int
    comm: str
    parent: int
    flags: int
    own_ns: int
    children_ns: int

    @property
    def in_kernel(self) -> bool:
        """Whether it is a kernel thread."""
        return bool(self.flags & PF_KTHREAD)


def processes(proc: Path = PROC) -> Iterator[Process]:
    """All that /proc shows, but for those that end meanwhile."""
    for entry in proc.iterdir():
        if entry.name.isdigit():
            try:
                text = (entry / "stat").read_text(errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue
            yield parse_stat(text)


def parse_stat(text: str) -> Process:
    """A line of ``stat``; comm may itself contain blanks and parentheses, and ends at the last."""
    pid, _, rest = text.partition(" (")
    comm, _, line = rest.rpartition(") ")
    fields = line.split()
    user, system, children_user, children_system = (int(field) for field in fields[11:15])
    return Process(
        pid=int(pid),
        comm=comm,
        parent=int(fields[1]),
        flags=int(fields[6]),
        own_ns=(user + system) * TICK_NS,
        children_ns=(children_user + children_system) * TICK_NS,
    )
