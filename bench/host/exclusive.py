"""One measurement at a time on a host: two would disturb each other's numbers."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.errors import BenchError

LOCKED = Path("/sys/kernel/btf/vmlinux")
"""Every kernel that can be measured has this file, in every namespace the same; a lock on
it needs no file of ours and goes with the process that holds it."""
LOCKS = Path("/proc/locks")
POLL_S = 0.2


@contextmanager
def sole_measurement(wait_s: float = 0.0) -> Iterator[None]:
    """Hold the host's lock while the block runs.

    Args:
        wait_s: How long to wait for another measurement to end.

    Raises:
        BenchError: Another process holds it; names its pid.
    """
    try:
        fd = os.open(LOCKED, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise BenchError(
            f"this kernel has no BTF: {LOCKED}: {error.strerror}",
            remedy="Boot a kernel built with CONFIG_DEBUG_INFO_BTF=y",
        ) from error
    try:
        _lock(fd, wait_s)
        yield
    finally:
        os.close(fd)


def _lock(fd: int, wait_s: float) -> None:
    end = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            if time.monotonic() >= end:
                raise BenchError(
                    f"another bench is measuring on this host ({_holder(fd)})",
                    remedy="Wait until it has ended: two would disturb each other",
                ) from error
        time.sleep(POLL_S)


def _holder(fd: int) -> str:
    inode = os.fstat(fd).st_ino
    for line in LOCKS.read_text().splitlines():
        fields = line.split()
        if "FLOCK" in fields and fields[-3].endswith(f":{inode}"):
            return f"pid {fields[-4]}"
    return "pid unknown"
