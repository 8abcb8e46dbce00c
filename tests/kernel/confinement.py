"""Control groups of either version, made for a test and removed after it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.orphans import name_of
from tests.waiting import wait_until

ROOT = Path("/sys/fs/cgroup")
Prefix = tuple[str, ...]
HOG = """
import os, sys, time
held = []
while os.path.exists(f"/proc/{sys.argv[1]}/exe"):
    held.append(b"x" * (1 << 20))
    time.sleep(0.002)
"""
LIMITS = {"cpuset": ("cpuset.cpus",), "memory": ("memory.max", "memory.limit_in_bytes")}


def folder(controller: str) -> Path:
    """Where groups of a controller are made: its own hierarchy, or the only one."""
    own = ROOT / controller
    return own if own.is_dir() else ROOT


@contextmanager
def delegated(root: Path, controller: str) -> Iterator[None]:
    """Groups below the root have the controller; version 1 needs no such thing."""
    control = root / "cgroup.subtree_control"
    if not control.exists() or controller in control.read_text().split():
        yield
        return
    control.write_text(f"+{controller}")
    try:
        yield
    finally:
        control.write_text(f"-{controller}")


@contextmanager
def confined(controller: str, value: str) -> Iterator[Path]:
    """A group with a limit; give its ``cgroup.procs`` a process to confine it."""
    root = folder(controller)
    group = root / name_of()
    with delegated(root, controller):
        group.mkdir()
        try:
            limit(group, controller, value)
            yield group
        finally:
            remove(group)


def limit(group: Path, controller: str, value: str) -> None:
    """Set the limit; a cpuset of version 1 has no memory nodes before it is given some."""
    nodes = group / "cpuset.mems"
    if controller == "cpuset" and not nodes.read_text().strip():
        nodes.write_text((folder(controller) / "cpuset.mems").read_text())
    found = next(group / name for name in LIMITS[controller] if (group / name).exists())
    found.write_text(value)


def remove(group: Path) -> None:
    """Its processes may need a moment to be gone."""
    wait_until("an empty group", (group / "cgroup.procs").read_text, lambda pids: not pids.strip())
    group.rmdir()


def within(group: Path) -> Prefix:
    """Words before a command that is to run in a control group."""
    return ("sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh")


def hog(pid: int) -> tuple[str, ...]:
    """Takes what is left of its group's memory until that process is gone."""
    return (sys.executable, "-c", HOG, str(pid))
