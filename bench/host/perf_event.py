"""Events of perf: opened, switched on and off, and read, without any buffer.

Source: perf_event_open(2), ``include/uapi/linux/perf_event.h``.
"""

from __future__ import annotations

import ctypes as c
import os
import platform
from fcntl import ioctl

from bench.errors import explained

PERF_EVENT_OPEN = {"x86_64": 298, "aarch64": 241, "riscv64": 241, "s390x": 331}
TYPE_HARDWARE, HARDWARE_CYCLES = 0, 0
TYPE_SOFTWARE, SOFTWARE_CPU_CLOCK = 1, 0
DISABLED = 1
"""First bit of the flags of ``struct perf_event_attr``."""
FLAG_FD_CLOEXEC = 8
IOC_ENABLE, IOC_DISABLE = 0x2400, 0x2401
ANY_CPU = ANY_PROCESS = NO_GROUP = -1


class _PerfEventAttr(c.Structure):
    """The first version of ``struct perf_event_attr``, 64 bytes."""

    _fields_ = [
        ("type", c.c_uint32),
        ("size", c.c_uint32),
        ("config", c.c_uint64),
        ("sample_period", c.c_uint64),
        ("sample_type", c.c_uint64),
        ("read_format", c.c_uint64),
        ("flags", c.c_uint64),
        ("wakeup_events", c.c_uint32),
        ("bp_type", c.c_uint32),
        ("config1", c.c_uint64),
    ]


def open_cycles(period: int) -> int:
    """A counter of this thread's cycles that overflows every ``period``, switched on.

    Returns:
        A file descriptor that the caller closes.

    Raises:
        OSError: The kernel refused, or the machine has no such counter.
    """
    return _open(TYPE_HARDWARE, HARDWARE_CYCLES, period, pid=0, cpu=ANY_CPU)


def open_cpu_clock(cpu: int, period_ns: int) -> int:
    """A ``cpu-clock`` event that overflows every ``period_ns`` on a CPU; not yet switched on.

    Returns:
        A file descriptor that the caller closes.

    Raises:
        BenchError: The kernel refused.
    """
    config = (TYPE_SOFTWARE, SOFTWARE_CPU_CLOCK, period_ns)
    remedy = "Run as root with CAP_PERFMON; was the CPU taken offline?"
    with explained(f"open a cpu-clock event on CPU {cpu}", remedy=remedy):
        return _open(*config, pid=ANY_PROCESS, cpu=cpu, flags=DISABLED)


def enable(fd: int) -> None:
    """Switch an event on."""
    ioctl(fd, IOC_ENABLE, 0)


def disable(fd: int) -> None:
    """Switch an event off; it does not overflow any more when this returns."""
    ioctl(fd, IOC_DISABLE, 0)


def count(fd: int) -> int:
    """What an event has counted while it was on; a clock counts ns."""
    return int.from_bytes(os.read(fd, 8), "little")


def _open(kind: int, config: int, period: int, *, pid: int, cpu: int, flags: int = 0) -> int:
    number = PERF_EVENT_OPEN.get(platform.machine())
    if number is None:
        raise OSError(f"the number of perf_event_open on {platform.machine()} is not known")
    attr = _PerfEventAttr(
        type=kind, size=c.sizeof(_PerfEventAttr), config=config, sample_period=period, flags=flags
    )
    libc = c.CDLL(None, use_errno=True)
    place = (c.c_int(pid), c.c_int(cpu), c.c_int(NO_GROUP), c.c_ulong(FLAG_FD_CLOEXEC))
    fd = int(libc.syscall(c.c_long(number), c.byref(attr), *place))
    if fd < 0:
        raise OSError(c.get_errno(), os.strerror(c.get_errno()))
    return fd
