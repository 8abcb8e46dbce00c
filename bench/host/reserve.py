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
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench.errors import BenchError

KMALLOC_SIZES = (8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048)
KEPT_ONE_OF = 8
MARGIN = 1.25
"""Objects beyond those asked for: timers freed by RCU come back late."""
SETTLE_S = 2.0
POLL_S = 0.005


@dataclass(frozen=True, slots=True)
class SlabObject:
    """Sizes in bytes, from the kernel's BTF: the timer, and the xattr's own header."""

    timer_bytes: int
    xattr_header_bytes: int

    @property
    def cache_bytes(self) -> int:
        """Object size of the kmalloc cache that holds a timer."""
        return next(size for size in KMALLOC_SIZES if size >= self.timer_bytes)

    @property
    def value_bytes(self) -> int:
        """Length of an attribute value that lands in the same cache."""
        return self.cache_bytes - self.xattr_header_bytes


def free_objects(object_bytes: int, slabinfo: Path = Path("/proc/slabinfo")) -> int:
    """Objects that existing slabs of that kmalloc size still have to give, all caches of it.

    0 when the kernel does not tell. It counts objects of CPU slabs as taken, so a few more
    may be free.
    """
    try:
        lines = slabinfo.read_text().splitlines()
    except OSError:
        return 0
    free = 0
    for line in lines:
        name, *numbers = line.split()
        if name.startswith("kmalloc-") and name.endswith(f"-{object_bytes}"):
            free += int(numbers[1]) - int(numbers[0])
    return free


@dataclass(slots=True)
class MemoryReserve:
    """A reserve that can grow; :meth:`release` or the end of the process frees it."""

    shape: SlabObject
    objects: int = 0
    seconds: float = 0.0
    _fd: int | None = field(default=None, repr=False)
    _next: int = field(default=0, repr=False)

    def grow(self, timers: int) -> None:
        """Make at least ``timers`` allocations possible; does nothing if they are already.

        Raises:
            BenchError: tmpfs has no trusted attributes, or memory is short.
        """
        missing = int(timers * MARGIN) - self.objects
        if missing <= 0:
            return
        begin = time.monotonic()
        try:
            self._fill(missing * KEPT_ONE_OF // (KEPT_ONE_OF - 1) + KEPT_ONE_OF)
        except OSError as error:
            raise BenchError(
                f"cannot reserve memory for {timers} timers: {error.strerror}",
                remedy="Use a smaller map, or a kernel built with CONFIG_TMPFS_XATTR=y",
            ) from error
        self.objects += missing
        self.seconds += time.monotonic() - begin

    def _fill(self, count: int) -> None:
        if self._fd is None:
            self._fd = os.memfd_create("timer-reserve", os.MFD_CLOEXEC)
        value = b"\0" * self.shape.value_bytes
        names = [b"trusted.%d" % number for number in range(self._next, self._next + count)]
        self._next += count
        for name in names:
            os.setxattr(self._fd, name, value)
        for number, name in enumerate(names):
            if number % KEPT_ONE_OF:
                os.removexattr(self._fd, name)

    def settle(self, timers: int, limit_s: float = SETTLE_S) -> None:
        """Wait until the timers of an earlier trial are back; RCU frees them late.

        Returns when ``timers`` objects are free, or after ``limit_s``: then some
        initialisations may fail, and are counted.
        """
        end = time.monotonic() + limit_s
        while self.objects and free_objects(self.shape.cache_bytes) < timers:
            if time.monotonic() >= end:
                return
            time.sleep(POLL_S)

    def release(self) -> None:
        """Give everything back; the reserve can grow again."""
        if self._fd is not None:
            os.close(self._fd)
        self._fd, self.objects, self._next = None, 0, 0
