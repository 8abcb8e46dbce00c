"""What a run holds at one moment, seen from outside: memory, descriptors, BPF objects, delay."""

from __future__ import annotations

import ctypes as c
import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.drivers.timer_memory import slab_object
from bench.host.reserve import cache_state
from bench.libbpf.ffi import lib

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Look:
    """What there was at one moment.

    Attributes:
        trials: Finished so far.
        delay_ns: How long the runner's threads waited for a CPU so far.
    """

    trials: int
    memory_kib: int
    descriptors: int
    objects: int
    slab: int
    delay_ns: int


def family(pid: int) -> list[int]:
    """A process and those that it started."""
    found = [pid]
    for path in PROC.glob(f"{pid}/task/*/children"):
        with suppress(OSError):
            for child in path.read_text().split():
                found += family(int(child))
    return found


def look(pid: int, trials: int) -> Look:
    """Now."""
    memory = descriptors = 0
    for each in family(pid):
        with suppress(OSError, StopIteration):
            memory += resident_kib(each)
            descriptors += len(os.listdir(PROC / str(each) / "fd"))
    delay = 0
    for path in PROC.glob(f"{pid}/task/*/schedstat"):
        with suppress(OSError):
            delay += int(path.read_text().split()[1])
    slab = cache_state(slab_object().cache_bytes).active
    return Look(trials, memory, descriptors, sum(bpf_objects()), slab, delay)


def resident_kib(pid: int) -> int:
    """Resident memory of a process."""
    lines = (PROC / str(pid) / "status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])


def bpf_objects() -> Iterator[int]:
    """Numbers of programs, maps and links of the host."""
    for kind in ("prog", "map", "link"):
        yield sum(1 for _ in object_ids(kind))


def object_ids(kind: str) -> Iterator[int]:
    """Ids of the host's objects of a kind; none is opened, so one that ends meanwhile is no error.

    (``bpftool`` opens each that it lists, and ends where one has gone.)
    """
    following = getattr(lib(), f"bpf_{kind}_get_next_id")
    last, found = c.c_uint32(0), c.c_uint32(0)
    while (answer := following(last, c.byref(found))) == 0:
        yield found.value
        last.value = found.value
    if answer != -errno.ENOENT:
        raise OSError(-answer, f"ids of BPF objects of kind {kind}: {os.strerror(-answer)}")
