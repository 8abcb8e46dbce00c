"""How much memory is there, and how much a number of timers needs."""

from __future__ import annotations

from pathlib import Path

from bench.errors import BenchError
from bench.host.reserve import KEPT_ONE_OF, MARGIN, SlabObject

SAFE_SHARE = 0.8
"""Share of the available memory that a trial may take."""
ATTRIBUTE_NODE_BYTES = 32
"""The reserve's attribute names, in kmalloc-32."""


def available_bytes(meminfo: Path = Path("/proc/meminfo")) -> int:
    """MemAvailable of /proc/meminfo.

    Raises:
        BenchError: The kernel does not tell.
    """
    for line in meminfo.read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) * 1024
    raise BenchError(f"{meminfo} has no MemAvailable")


def timer_bytes(timers: int, shape: SlabObject, *, reserved: bool) -> int:
    """Kernel memory of that many timers, with the reserve's peak if one is used."""
    if not reserved:
        return timers * shape.cache_bytes
    attributes = int(timers * MARGIN) * KEPT_ONE_OF // (KEPT_ONE_OF - 1)
    return attributes * (shape.cache_bytes + ATTRIBUTE_NODE_BYTES)


def check_fits(needed: int, what: str, available: int) -> None:
    """Refuse what does not fit.

    Raises:
        BenchError: Naming the need and what there is.
    """
    if needed > available * SAFE_SHARE:
        raise BenchError(
            f"{what} needs {_mib(needed)} of kernel memory, {_mib(available)} are available",
            remedy=f"Use a smaller --map-size: at most {SAFE_SHARE:.0%} of it may be taken",
        )


def _mib(size: int) -> str:
    return f"{-(-size // (1 << 20)):,} MiB"
