"""Waiting until every run of a BPF program that has begun is over."""

from __future__ import annotations

import ctypes
import platform
import time

_MEMBARRIER = {"x86_64": 324, "aarch64": 283}
"""Number of the system call, which the C library has no function for."""
_GLOBAL = 1
"""``MEMBARRIER_CMD_GLOBAL``: it returns after a grace period of RCU, see membarrier(2)."""
_ELSE_S = 0.05
"""Where the kernel refuses it, as with nohz_full: longer than a program runs."""


def wait_for_running() -> None:
    """Return when the runs that had begun before are over: programs run within RCU."""
    number = _MEMBARRIER.get(platform.machine())
    if number is None or ctypes.CDLL(None).syscall(number, _GLOBAL, 0, 0) != 0:
        time.sleep(_ELSE_S)
