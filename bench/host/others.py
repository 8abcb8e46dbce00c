"""CPU time of processes that are none of this run: what a cost by idle time counts as well."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.host.processes import PROC, Process, processes


def other_processes(proc: Path = PROC, root: int | None = None) -> dict[int, Process]:
    """By pid, all processes but kernel threads, ``root`` (this one) and what is below it."""
    found = {process.pid: process for process in processes(proc)}
    ours = {os.getpid() if root is None else root}
    fresh = ours
    while fresh:
        fresh = {pid for pid, each in found.items() if each.parent in fresh} - ours
        ours |= fresh
    return {pid: each for pid, each in found.items() if pid not in ours and not each.in_kernel}


def others_ns(opening: Mapping[int, Process], closing: Mapping[int, Process]) -> int:
    """CPU time that these processes used between two looks.

    One that began and ended meanwhile is in its parent's account of children. One that was there
    before and has ended is there as a whole: what it had used before is taken off again.
    """
    running = _grown(opening, closing, lambda process: process.own_ns)
    reaped = _grown(opening, closing, lambda process: process.children_ns)
    gone = (opening[pid] for pid in opening.keys() - closing.keys())
    return running + max(reaped - sum(each.own_ns + each.children_ns for each in gone), 0)


def _grown(
    opening: Mapping[int, Process], closing: Mapping[int, Process], ns: Callable[[Process], int]
) -> int:
    """Of those that are there at the end; what began meanwhile began at 0."""
    pairs = ((opening.get(pid), after) for pid, after in closing.items())
    return sum(max(ns(after) - (ns(before) if before else 0), 0) for before, after in pairs)
