"""Memory reserve against -ENOMEM of ``bpf_timer_init``.

Since 6.18 ``bpf_timer_init`` allocates with ``kmalloc_nolock``, which takes free objects
of existing slabs only, when it cannot add a slab (always, while deferred struct-page
initialisation is unfinished; at times, under contention). The reserve makes such free
objects: extended attributes are allocated from the same kmalloc cache as a timer, so many
are set on an anonymous tmpfs file, and seven of every eight are removed. The remaining
ones keep the slabs alive until the reserve is released. The file has no name and dies with
the process. See ``mm/slub.c`` (kmalloc_nolock) and ``fs/xattr.c`` (simple_xattr_alloc).
"""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench.errors import explained
from bench.resources import Resource
from bench.words.plurals import counted

KMALLOC_SIZES = (8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048)
"""Of most machines; where data is aligned more coarsely, as on some arm64, 96 and 192 lack."""
_CACHE = re.compile(r"^kmalloc-(?:cg-)?(\d+)(k?) ", re.MULTILINE)
KEPT_ONE_OF = 8
MARGIN = 1.25
"""Objects beyond those asked for: timers freed by RCU come back late."""
SPARE = 2_000
"""Further ones, however few are asked for: the rest of the host takes from the same cache."""
SLABINFO = Path("/proc/slabinfo")
SETTLE_S = 2.0
FREE_S = 1e-5
"""Time to wait for earlier timers: at least, and more for each object of the reserve."""
SETTLED_MARGIN = 0.8
POLL_S = 0.005
LOOK_S = 0.1
STILL = 0.001
"""Memory has come to rest if within ``LOOK_S`` less than this share of the reserve came back."""
AT_REST = 0.99
"""So much of what was free when the reserve was made is all of it: nothing has to be watched."""


@dataclass(frozen=True, slots=True)
class SlabObject:
    """Sizes in bytes, from the kernel's BTF: the timer, and the xattr's own header.

    Attributes:
        sizes: Of the objects of the kmalloc caches that there are, the smallest first.
    """

    timer_bytes: int
    xattr_header_bytes: int
    sizes: tuple[int, ...] = KMALLOC_SIZES

    @property
    def cache_bytes(self) -> int:
        """Object size of the kmalloc cache that holds a timer."""
        return next(size for size in self.sizes if size >= self.timer_bytes)

    @property
    def value_bytes(self) -> int:
        """Length of an attribute value that lands in the same cache."""
        return self.cache_bytes - self.xattr_header_bytes


def kmalloc_sizes(slabinfo: Path = SLABINFO) -> tuple[int, ...]:
    """Sizes of the kmalloc caches of this kernel; the usual ones if they cannot be read."""
    try:
        found = _CACHE.findall(slabinfo.read_text())
    except OSError:
        return KMALLOC_SIZES
    sizes = {int(number) * (1024 if kilo else 1) for number, kilo in found}
    return tuple(sorted(sizes)) or KMALLOC_SIZES


def objects_for(timers: int) -> int:
    """Free objects that a reserve for that many timers has."""
    return int(timers * MARGIN) + SPARE if timers else 0


@dataclass(frozen=True, slots=True)
class CacheState:
    """Objects of a kmalloc cache: in use, and in all its slabs."""

    active: int
    total: int

    @property
    def free(self) -> int:
        """Objects that existing slabs still have to give; those of CPU slabs count as used."""
        return self.total - self.active


def cache_state(object_bytes: int, slabinfo: Path = SLABINFO) -> CacheState:
    """State of the cache that timers of maps are allocated from; zeros if it is not known.

    With memory cgroups, memory of BPF maps comes from the accounted caches ``kmalloc-cg-*``.
    """
    try:
        lines = slabinfo.read_text().splitlines()
    except OSError:
        return CacheState(0, 0)
    found = {line.split()[0]: line.split()[1:3] for line in lines if line.startswith("kmalloc-")}
    for name in (f"kmalloc-cg-{object_bytes}", f"kmalloc-{object_bytes}"):
        if name in found:
            active, total = found[name]
            return CacheState(int(active), int(total))
    return CacheState(0, 0)


@dataclass
class MemoryReserve(Resource):
    """A reserve that can grow; closing it or the end of the process frees it."""

    shape: SlabObject
    objects: int = 0
    seconds: float = 0.0
    _fd: int | None = field(default=None, repr=False)
    _next: int = field(default=0, repr=False)
    _free: int = field(default=0, repr=False)

    def grow(self, timers: int) -> None:
        """Make at least ``timers`` allocations possible; does nothing if they are already.

        Raises:
            BenchError: tmpfs has no trusted attributes, or memory is short.
        """
        missing = objects_for(timers) - self.objects
        if missing <= 0:
            return
        begin = time.monotonic()
        remedy = "Use a smaller map, or a kernel built with CONFIG_TMPFS_XATTR=y"
        with explained(f"reserve memory for {counted(timers, 'timer')}", remedy=remedy):
            self._fill(missing * KEPT_ONE_OF // (KEPT_ONE_OF - 1) + KEPT_ONE_OF)
        self.objects += missing
        self._free = cache_state(self.shape.cache_bytes).free
        self.seconds += time.monotonic() - begin

    def _fill(self, count: int) -> None:
        if self._fd is None:
            self._fd = os.memfd_create("timer-reserve", os.MFD_CLOEXEC)
            self._held.callback(self._release)
        value = b"\0" * self.shape.value_bytes
        names = [b"trusted.%d" % number for number in range(self._next, self._next + count)]
        self._next += count
        for name in names:
            os.setxattr(self._fd, name, value)
        for number, name in enumerate(names):
            if number % KEPT_ONE_OF:
                os.removexattr(self._fd, name)

    def settle(self, timers: int) -> None:
        """Wait until the timers of an earlier trial are back; RCU frees them late.

        All of them, whatever is needed: of millions the last take seconds of a softirq, in which
        a host makes hardly a connection, and the next trial is not to pay for it. Returns after
        some time in any case: then some initialisations may fail, and are counted.
        """
        wanted = timers + (self.objects - SPARE - timers) * SETTLED_MARGIN
        end = time.monotonic() + SETTLE_S + self.objects * FREE_S
        before, looked = -self.objects, time.monotonic()
        while self.objects:
            state, now = cache_state(self.shape.cache_bytes), time.monotonic()
            if now >= end or not state.total or state.free >= max(wanted, self._free * AT_REST):
                return
            if now - looked >= LOOK_S:
                if state.free >= wanted and state.free - before <= self.objects * STILL:
                    return
                before, looked = state.free, now
            time.sleep(POLL_S)

    def _release(self) -> None:
        """Give everything back; the reserve can grow again."""
        assert self._fd is not None
        os.close(self._fd)
        self._fd, self.objects, self._next, self._free = None, 0, 0, 0
