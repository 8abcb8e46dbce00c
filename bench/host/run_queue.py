"""How long threads of other processes ran and waited for a CPU.

Source: ``/proc/PID/task/TID/schedstat``, ``Documentation/scheduler/sched-stats.rst``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.host.others import other_processes
from bench.host.processes import PROC

MOST_THREADS = 500
"""Looked at; of more, as many as their numbers choose, always the same ones."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What threads got of the CPUs, since they began or between two looks."""

    ran_ns: int = 0
    waited_ns: int = 0


def others_turns(proc: Path = PROC) -> dict[int, Turn]:
    """By thread, of processes that are none of this run; empty where the kernel does not say."""
    tasks = [task for pid in other_processes(proc) for task in _tasks(proc / str(pid))]
    every = -(-len(tasks) // MOST_THREADS)
    chosen = (task for task in tasks if every == 1 or int(task.name) % every == 0)
    return {int(task.name): turn for task in chosen if (turn := _turn(task)) is not None}


def between(before: Mapping[int, Turn], after: Mapping[int, Turn]) -> Turn:
    """What the threads that are in both looks got in the time between them, together."""
    both = before.keys() & after.keys()
    return Turn(
        sum(max(after[each].ran_ns - before[each].ran_ns, 0) for each in both),
        sum(max(after[each].waited_ns - before[each].waited_ns, 0) for each in both),
    )


def _tasks(process: Path) -> Iterator[Path]:
    try:
        yield from list((process / "task").iterdir())
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return  # It ended meanwhile.


def _turn(task: Path) -> Turn | None:
    try:
        fields = (task / "schedstat").read_text().split()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    return Turn(int(fields[0]), int(fields[1])) if len(fields) >= 2 else None
