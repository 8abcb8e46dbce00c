"""One measurement at a time on a host: two would disturb each other's numbers."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.errors import BenchError
from bench.host.holder import Holder, Note, holder_of, note

LOCKED = Path("/sys/kernel/btf/vmlinux")
"""Every kernel that can be measured has this file, in every namespace the same; a lock on
it needs no file of ours and goes with the process that holds it."""
LOCKS = Path("/proc/locks")
POLL_S = 0.2
GLANCE_S = 0.1
"""Somebody who only looks (:func:`measuring`) holds the lock for less than this."""


@contextmanager
def sole_measurement(wait_s: float = GLANCE_S) -> Iterator[Note]:
    """Hold the host's lock while the block runs, and a note of who does.

    Args:
        wait_s: How long to wait for another measurement to end.

    Raises:
        BenchError: Another process holds it; names its pid, run, begin and command.
    """
    try:
        fd = _opened()
    except OSError as error:
        raise BenchError(
            f"this kernel has no BTF: {LOCKED}: {error.strerror}",
            remedy="Boot a kernel built with CONFIG_DEBUG_INFO_BTF=y",
        ) from error
    try:
        _lock(fd, wait_s)
        with note() as mine:
            yield mine
    finally:
        os.close(fd)


def measuring() -> Holder | None:
    """Who measures on this host; None if nobody does. Reads a few files and nothing else."""
    try:
        fd = _opened()
    except FileNotFoundError:
        return None  # Nothing can be measured here.
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _holder(fd)
    finally:
        os.close(fd)
    return None


def _opened() -> int:
    return os.open(LOCKED, os.O_RDONLY | os.O_CLOEXEC)


def _lock(fd: int, wait_s: float) -> None:
    end = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            if time.monotonic() >= end:
                raise BenchError(
                    f"another bench is measuring on this host: {_holder(fd)}",
                    remedy="Wait until it has ended: two would disturb each other",
                ) from error
        time.sleep(min(POLL_S, wait_s))


def _holder(fd: int) -> Holder:
    inode = os.fstat(fd).st_ino
    for line in LOCKS.read_text().splitlines():
        fields = line.split()
        if "FLOCK" in fields and fields[-3].endswith(f":{inode}"):
            return holder_of(int(fields[-4]))
    return Holder()  # In another PID namespace, whose processes are not shown here.
