"""The calling thread without the capabilities that BPF asks for, for a moment.

Source: ``capset(2)``, include/uapi/linux/capability.h.
"""

from __future__ import annotations

import ctypes as c
import os
from collections.abc import Iterator
from contextlib import contextmanager

VERSION_3 = 0x20080522
SYS_ADMIN, PERFMON, BPF = 21, 38, 39


class _Header(c.Structure):
    _fields_ = [("version", c.c_uint32), ("pid", c.c_int)]


class _Set(c.Structure):
    _fields_ = [("effective", c.c_uint32), ("permitted", c.c_uint32), ("inheritable", c.c_uint32)]


_Sets = _Set * 2


def _call(name: str, sets: c.Array[_Set]) -> None:
    libc = c.CDLL(None, use_errno=True)
    if getattr(libc, name)(c.byref(_Header(VERSION_3, 0)), sets) < 0:
        code = c.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


@contextmanager
def without_bpf() -> Iterator[None]:
    """Run the block without CAP_BPF, CAP_PERFMON and CAP_SYS_ADMIN in effect.

    They stay permitted and are in effect again afterwards.
    """
    before, fewer = _Sets(), _Sets()
    _call("capget", before)
    _call("capget", fewer)
    for number in (SYS_ADMIN, PERFMON, BPF):
        fewer[number // 32].effective &= ~(1 << number % 32)
    _call("capset", fewer)
    try:
        yield
    finally:
        _call("capset", before)
