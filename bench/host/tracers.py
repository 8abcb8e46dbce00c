"""Who else measures: processes that hold what makes each event of the kernel dearer.

Found by their open files, so it does not matter by which means they were opened, nor whether
tracefs is mounted. Processes that this one may not look into are not seen.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from bench.host.facts import ROOT, text
from bench.words.plurals import counted

PERF, STATS, LINK = "anon_inode:[perf_event]", "anon_inode:bpf-stats", "anon_inode:bpf_link"
TRACING = frozenset({"raw_tracepoint", "tracing", "perf_event", "kprobe_multi", "uprobe_multi"})
"""Kinds of links that run at events of the kernel; others run at a hook of their own."""
LISTED = 3


def tracers(root: Path = ROOT, own: int | None = None) -> list[str]:
    """Processes other than this one, a phrase each: ``perf (pid 7) has 2 perf events open``."""
    own = os.getpid() if own is None else own
    found = []
    for folder in sorted((root / "proc").glob("[0-9]*")):
        held = Counter(_held(folder)) if int(folder.name) != own else Counter[str]()
        if held:
            name = text(folder, "comm") or "a process"
            what = " and ".join(_phrase(kind, number) for kind, number in sorted(held.items()))
            found.append(f"{name} (pid {folder.name}) has {what}")
    rest = len(found) - LISTED
    more = [f"so have {counted(rest, 'process', 'processes')} more"] if rest > 0 else []
    return found[:LISTED] + more


def _phrase(kind: str, number: int) -> str:
    if kind == STATS:
        return "statistics of BPF programs on"
    if kind == PERF:
        return f"{counted(number, 'perf event')} open"
    return counted(number, "tracing BPF program")


def _held(folder: Path) -> Iterator[str]:
    """Kind of each such file that a process has open; it may end meanwhile."""
    with suppress(OSError):
        for name in os.listdir(folder / "fd"):
            with suppress(OSError):
                target = os.readlink(folder / "fd" / name)
                traces = target != LINK or _link_type(folder, name) in TRACING
                if target in (PERF, STATS, LINK) and traces:
                    yield target


def _link_type(folder: Path, name: str) -> str:
    for line in (text(folder, f"fdinfo/{name}") or "").splitlines():
        key, _, value = line.partition(":")
        if key == "link_type":
            return value.strip()
    return ""
