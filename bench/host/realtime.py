"""Threads of real-time policies: while one of them runs, no softirq thread and no runner does."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.host.facts import ROOT, text
from bench.host.processes import PF_KTHREAD
from bench.host.setting_facts import POLICIES

REALTIME = frozenset({"fifo", "rr", "deadline"})
_FLAGS, _UTIME, _STIME, _POLICY = 6, 11, 12, 38
"""Fields of proc_pid_stat(5), counted from the state, the first one after the name."""
LOOK_S = 0.25
MUCH = 0.1
"""Of one CPU."""
LISTED = 3


@dataclass(frozen=True, slots=True)
class RealTime:
    """A thread of user space that no ordinary one can interrupt.

    Attributes:
        tid: Its thread id.
        name: Its name.
        policy: ``fifo``, ``rr`` or ``deadline``.
        ticks: CPU time so far, in ticks of ``sysconf(_SC_CLK_TCK)``.
    """

    tid: int
    name: str
    policy: str
    ticks: int


def realtime_threads(root: Path = ROOT) -> dict[int, RealTime]:
    """All of them, by thread id."""
    return {found.tid: found for found in _found(root)}


def busy_realtime(
    root: Path = ROOT, look_s: float = LOOK_S, sleep: Callable[[float], None] = time.sleep
) -> list[str]:
    """Those that take more than a tenth of a CPU just now, a phrase each."""
    before = realtime_threads(root)
    if not before:
        return []
    begin = time.monotonic()
    sleep(look_s)
    seconds = max(time.monotonic() - begin, look_s)
    hz = os.sysconf("SC_CLK_TCK")
    taken = []
    for tid, after in realtime_threads(root).items():
        if (first := before.get(tid)) is not None:
            share = (after.ticks - first.ticks) / hz / seconds
            if share > MUCH:
                taken.append((share, after))
    taken.sort(key=lambda each: -each[0])
    return [
        f"{each.name} (thread {each.tid}, policy {each.policy}) takes {share:.0%} of a CPU"
        for share, each in taken[:LISTED]
    ]


def _found(root: Path) -> Iterator[RealTime]:
    for file in (root / "proc").glob("[0-9]*/task/[0-9]*/stat"):
        said = text(file.parent, file.name)
        if said is None:
            continue  # ended meanwhile
        head, _, rest = said.rpartition(") ")
        fields = rest.split()
        if len(fields) <= _POLICY or int(fields[_FLAGS]) & PF_KTHREAD:
            continue
        policy = POLICIES.get(int(fields[_POLICY]), "")
        if policy in REALTIME:
            ticks = int(fields[_UTIME]) + int(fields[_STIME])
            yield RealTime(int(file.parent.name), head.partition("(")[2], policy, ticks)
