"""The control groups of this process, from its own up to the topmost it can see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bench.host.facts import number, text
from bench.host.mounts import unescaped

V1_UNLIMITED = 1 << 60
"""Without a limit version 1 shows the largest multiple of a page, about 2^63."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What a control group still lets its processes take.

    Attributes:
        left_bytes: The limit less what is used; file cache that can be dropped is not used.
        name: The file that sets it, as a host's administrator knows it.
    """

    left_bytes: int
    name: str


@dataclass(frozen=True, slots=True)
class Quota:
    """How much CPU time a control group leaves to all of its processes together.

    Attributes:
        cpus: CPUs' worth of time.
        name: The file that sets it.
    """

    cpus: float
    name: str


@dataclass(frozen=True, slots=True)
class MemoryGroup:
    """A control group of this process.

    Attributes:
        kills: Processes of it that the kernel has killed for want of memory; of version 2 also of
            those below it.
        limit_bytes: What its processes may take; None = it sets no limit.
        name: The file that sets it.
    """

    kills: int
    limit_bytes: int | None
    name: str


def memory_groups(root: Path) -> Iterator[MemoryGroup]:
    """All groups that count this process's memory, of both versions, at every level."""
    for version, level in _levels(root, "memory"):
        folder = level.lstrip("/")
        events, limit_file = (
            ("memory.events", "memory.max")
            if version == 2
            else ("memory.oom_control", "memory.limit_in_bytes")
        )
        said = (text(root, f"{folder}/{events}") or "").splitlines()
        kills = dict(line.split(" ", 1) for line in said if " " in line).get("oom_kill")
        if kills is not None:
            limit = number(root, f"{folder}/{limit_file}")
            limit = None if limit is None or limit >= V1_UNLIMITED else limit
            yield MemoryGroup(int(kills), limit, f"/{folder}/{limit_file}")


def memory_limits(root: Path) -> Iterator[Limit]:
    """All limits on this process, of both versions, at every level."""
    for version, level in _levels(root, "memory"):
        yield from _limits(root, version, level)


def cpu_quotas(root: Path) -> Iterator[Quota]:
    """All bounds of CPU time on this process, of both versions, at every level."""
    for version, level in _levels(root, "cpu"):
        folder = level.lstrip("/")
        if version == 2:
            name = "cpu.max"
            quota, _, period = (text(root, f"{folder}/{name}") or "max").partition(" ")
        else:
            name = "cpu.cfs_quota_us"
            quota = text(root, f"{folder}/{name}") or "-1"
            period = text(root, f"{folder}/cpu.cfs_period_us") or ""
        if quota.isdecimal() and period.isdecimal() and int(period):
            yield Quota(int(quota) / int(period), f"/{folder}/{name}")


def _levels(root: Path, controller: str) -> Iterator[tuple[int, str]]:
    """Version and folder of each group that this process is in, from its own upwards."""
    for version, point, inner in _groups(root, controller):
        here = PurePosixPath(point, inner)
        for level in (here, *here.parents):
            if level.is_relative_to(point):
                yield version, str(level)


def _limits(root: Path, version: int, folder: str) -> Iterator[Limit]:
    files = (
        [("memory.max", "memory.current"), ("memory.high", "memory.current")]
        if version == 2
        else [
            ("memory.limit_in_bytes", "memory.usage_in_bytes"),
            ("memory.kmem.limit_in_bytes", "memory.kmem.usage_in_bytes"),
        ]
    )
    for limit_file, usage_file in files:
        path = f"{folder.lstrip('/')}/{limit_file}"
        limit, used = number(root, path), number(root, f"{folder.lstrip('/')}/{usage_file}")
        if limit is None or used is None or limit >= V1_UNLIMITED:
            continue  # no such file, or "max"
        cache = 0 if "kmem" in limit_file else _droppable(root, folder)
        yield Limit(max(limit - max(used - cache, 0), 0), f"/{path}")


def _droppable(root: Path, folder: str) -> int:
    """File cache that was not used lately, of the group and all below it."""
    said = (text(root, f"{folder.lstrip('/')}/memory.stat") or "").splitlines()
    found = dict(line.split(" ", 1) for line in said if " " in line)
    return int(found.get("total_inactive_file") or found.get("inactive_file") or 0)


def _groups(root: Path, controller: str) -> Iterator[tuple[int, str, str]]:
    """Version, mount point and path below it of each hierarchy that has the controller."""
    paths = _own_paths(root, controller)
    for line in (text(root, "proc/self/mountinfo") or "").splitlines():
        first, _, second = line.partition(" - ")
        mounted, point = map(unescaped, first.split(" ")[3:5])
        kind, _source, options = second.split(" ")[:3]
        version = 2 if kind == "cgroup2" else 1
        if version in paths and (version == 2 or controller in options.split(",")):
            if kind in ("cgroup", "cgroup2"):
                yield version, point, _below(paths[version], mounted)


def _own_paths(root: Path, controller: str) -> dict[int, str]:
    """Version -> path of this process's group within that hierarchy."""
    found = {}
    for line in (text(root, "proc/self/cgroup") or "").splitlines():
        _number, controllers, path = line.split(":", 2)
        if not controllers:
            found[2] = path
        elif controller in controllers.split(","):
            found[1] = path
    return found


def _below(path: str, mounted: str) -> str:
    """The path as seen from a mount that may show a part of the hierarchy only."""
    own = PurePosixPath(path)
    if ".." in own.parts or not own.is_relative_to(mounted):
        return ""  # outside of what is mounted: its topmost group is all that can be seen
    return str(own.relative_to(mounted))
