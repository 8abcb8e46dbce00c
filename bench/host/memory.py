"""How much memory this process may take, and how much a number of timers needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError, explained
from bench.host.cgroups import memory_limits
from bench.host.facts import ROOT
from bench.host.reserve import KEPT_ONE_OF, SlabObject, objects_for

MEMINFO = "proc/meminfo"
SAFE_SHARE = 0.8
"""Share of the available memory that a trial may take."""
ATTRIBUTE_NODE_BYTES = 32
"""The reserve's attribute names, in kmalloc-32."""


@dataclass(frozen=True, slots=True)
class Available:
    """Memory that this process may take, and what says that it is no more."""

    size_bytes: int
    limit: str


def available(root: Path = ROOT) -> Available:
    """The least of what the host has left and what each control group allows.

    Raises:
        BenchError: The kernel does not say.
    """
    groups = [Available(limit.left_bytes, limit.name) for limit in memory_limits(root)]
    return min([_of_host(root), *groups], key=lambda each: each.size_bytes)


def _of_host(root: Path) -> Available:
    path = root / MEMINFO
    with explained(f"read {path}", remedy="Mount procfs on /proc"):
        lines = path.read_text().splitlines()
    for line in lines:
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return Available(int(value.split()[0]) * 1024, f"{name} of /{MEMINFO}")
    raise BenchError(f"{path} has no MemAvailable")


def timer_bytes(timers: int, shape: SlabObject, *, reserved: bool) -> int:
    """Kernel memory of that many timers, with the reserve's peak if one is used."""
    if not reserved:
        return timers * shape.cache_bytes
    attributes = objects_for(timers) * KEPT_ONE_OF // (KEPT_ONE_OF - 1)
    return attributes * (shape.cache_bytes + ATTRIBUTE_NODE_BYTES)


def check_fits(needed: int, what: str, there: Available, smaller: str = "--map-size") -> None:
    """Refuse what does not fit.

    Args:
        needed: Bytes.
        what: What needs them.
        there: What may be taken.
        smaller: What the user could make smaller.

    Raises:
        BenchError: Naming the need and what there is.
    """
    if needed > there.size_bytes * SAFE_SHARE:
        raise BenchError(
            f"{what} needs {_mib(needed)} of kernel memory, {_mib(there.size_bytes)} are "
            f"available ({there.limit})",
            remedy=f"Use a smaller {smaller}: at most {SAFE_SHARE:.0%} of it, "
            f"{_mib(int(there.size_bytes * SAFE_SHARE))}, may be taken",
        )


def _mib(size: int) -> str:
    return f"{-(-size // (1 << 20)):,} MiB"
