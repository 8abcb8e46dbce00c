"""What ties a generator to its runner and gives it enough room: prctl, alarm, limits, CPU.

A generator ends when its standard input ends, when nothing came over it for SILENCE_S and, on
the same host, when its parent dies: in the last two cases the kernel kills it, whatever it is
doing (alarm(2); prctl(2), PR_SET_PDEATHSIG).
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from collections.abc import Iterable
from pathlib import Path

from bench.host import affinity
from bench.host.cpus import find_cpus

SILENCE_S = 10
"""So long a generator goes on without a word from its runner (:mod:`bench.load.heartbeat`)."""
PR_SET_PDEATHSIG = 1
PR_SET_TIMERSLACK = 29
_NR_OPEN = Path("/proc/sys/fs/nr_open")


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl({option}, {value}): {os.strerror(number)}")


def die_with_parent(parent: int) -> None:
    """Have this process killed when the parent's thread that started it ends.

    Args:
        parent: Pid of the parent, by its own word; if it has gone already, exit at once.

    Raises:
        OSError: The kernel refused the request.
    """
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def die_of_silence() -> None:
    """Let the kernel end this process when :func:`heard` is not called in time."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})


def heard(silence_s: int = SILENCE_S) -> None:
    """There was a word from the runner: count the time anew."""
    signal.alarm(silence_s)


def sleep_exactly() -> None:
    """Let waits end after 1 ns of slack instead of the default 50 µs.

    Raises:
        OSError: The kernel refused the request.
    """
    _prctl(PR_SET_TIMERSLACK, 1)


def raise_descriptor_limit() -> int:
    """Allow as many open files as the kernel permits this user; the limit reached."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    for limit in (int(_NR_OPEN.read_text()), hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, max(hard, limit)))
        except (OSError, ValueError):
            continue
        break
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def pin(cpus: Iterable[int]) -> tuple[int, ...]:
    """Run only on these CPUs (none named = leave as it is); the CPUs then allowed.

    Raises:
        BenchError: None of them is online and allowed.
    """
    wanted = set(cpus)
    if wanted:
        affinity.pin(wanted)
    return find_cpus().usable
