"""CPU time of processes that are none of this run: what a cost by idle time counts as well."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.host.ksoftirqd import PF_KTHREAD, PROC
from bench.units import NS_PER_S

TICK_NS = NS_PER_S // os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class ProcessTime:
    """Cumulative CPU time of a process, ns, in ticks; source: ``/proc/PID/stat``.

    Attributes:
        own_ns: Of its threads, also of those that have ended.
        children_ns: Of its children that have ended, and theirs.
    """

    own_ns: int
    children_ns: int


@dataclass(frozen=True, slots=True)
class _Process:
    parent: int
    flags: int
    time: ProcessTime


def process_times(proc: Path = PROC, root: int | None = None) -> dict[int, ProcessTime]:
    """pid -> CPU time, of all processes but kernel threads, ``root`` (this one) and below it."""
    found = dict(_processes(proc))
    ours = {os.getpid() if root is None else root}
    fresh = ours
    while fresh:
        fresh = {pid for pid, each in found.items() if each.parent in fresh} - ours
        ours |= fresh
    return {
        pid: each.time
        for pid, each in found.items()
        if pid not in ours and not each.flags & PF_KTHREAD
    }


def others_ns(opening: Mapping[int, ProcessTime], closing: Mapping[int, ProcessTime]) -> int:
    """CPU time that these processes used between two looks.

    One that began and ended meanwhile is in its parent's account of children. One that was there
    before and has ended is there as a whole: what it had used before is taken off again.
    """
    none = ProcessTime(0, 0)
    pairs = [(opening.get(pid, none), after) for pid, after in closing.items()]
    running = sum(max(after.own_ns - before.own_ns, 0) for before, after in pairs)
    reaped = sum(max(after.children_ns - before.children_ns, 0) for before, after in pairs)
    gone = (opening[pid] for pid in opening.keys() - closing.keys())
    return running + max(reaped - sum(each.own_ns + each.children_ns for each in gone), 0)


def _processes(proc: Path) -> Iterator[tuple[int, _Process]]:
    for entry in proc.iterdir():
        if entry.name.isdigit():
            try:
                text = (entry / "stat").read_text(errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended meanwhile
            yield int(entry.name), _parsed(text)


def _parsed(text: str) -> _Process:
    # comm may itself contain blanks and parentheses: it ends at the last one.
    fields = text.rpartition(") ")[2].split()
    user, system, children_user, children_system = (int(field) for field in fields[11:15])
    return _Process(
        parent=int(fields[1]),
        flags=int(fields[6]),
        time=ProcessTime((user + system) * TICK_NS, (children_user + children_system) * TICK_NS),
    )
