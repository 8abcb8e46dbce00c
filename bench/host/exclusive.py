"""One measurement at a time on a host: two would disturb each other's numbers."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from bench.errors import BenchError
from bench.host import lock_map
from bench.host.holder import Holder, Note, Publish, holder_in, holder_of, note

LOCKED = Path("/sys/kernel/btf/vmlinux")
"""Every kernel that can be measured has this file; a lock on it needs no file of ours, goes with
the process that holds it, and can be looked at by anybody. It is one for each network namespace,
whose sysfs it is in: so the host has a second lock (:mod:`bench.host.lock_map`)."""
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
    end = time.monotonic() + wait_s
    try:
        _lock(fd, end)
        with _host_locked(end) as ours, note(ours) as mine:
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
    held = lock_map.first()
    return held and holder_in(held[1])


def _opened() -> int:
    return os.open(LOCKED, os.O_RDONLY | os.O_CLOEXEC)


def _lock(fd: int, end: float) -> None:
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        if time.monotonic() >= end:
            raise _measured_by(_holder(fd), "on this host")
        _pause(end)


@contextmanager
def _host_locked(end: float) -> Iterator[Publish]:
    """Hold the lock that every namespace shares; what is published is seen by whoever waits."""
    while (ours := lock_map.created()) is not None:
        held = lock_map.first()
        if held is None or held[0] >= lock_map.id_of(ours):
            break
        os.close(ours)
        if time.monotonic() >= end:
            raise _measured_by(holder_in(held[1]), "on this host, in a namespace of its own")
        _pause(end)
    if ours is None:
        yield lambda text: None
        return
    try:
        yield partial(lock_map.write, ours)
    finally:
        os.close(ours)


def _pause(end: float) -> None:
    time.sleep(min(POLL_S, max(end - time.monotonic(), 0)))


def _measured_by(holder: Holder, where: str) -> BenchError:
    return BenchError(
        f"another bench is measuring {where}: {holder}",
        remedy="Wait until it has ended: two would disturb each other",
    )


def _holder(fd: int) -> Holder:
    inode = os.fstat(fd).st_ino
    for line in LOCKS.read_text().splitlines():
        fields = line.split()
        if "FLOCK" in fields and fields[-3].endswith(f":{inode}"):
            return holder_of(int(fields[-4]))
    return Holder()  # In another PID namespace, whose processes are not shown here.
