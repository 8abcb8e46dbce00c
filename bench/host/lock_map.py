"""One lock for a host: a BPF map with a name of its own, which every namespace shares.

A lock on a file is one for each mount of its file system, and sysfs has one for each network
namespace: two measurements in two containers would not see each other. Ids of BPF maps are the
kernel's own. A map is gone with the process that made it, however that ends.

Whoever made the map with the lowest id holds the lock: ids are given in order. Its value says who
that is, for those who cannot look into another PID namespace.
Source: bpf(2), ``include/uapi/linux/bpf.h``.
"""

from __future__ import annotations

import ctypes as c
import errno
import os
import platform
from collections.abc import Iterator

SYSCALL = {"x86_64": 321, "aarch64": 280, "riscv64": 280, "s390x": 351}
CREATE, LOOKUP, UPDATE, NEXT_ID, FD_BY_ID, INFO = 0, 1, 2, 12, 14, 15
ARRAY = 2
NAME = "btb_host_lock"
"""At most 15 characters."""
TEXT_BYTES = 2048
UNUSABLE = frozenset({errno.EPERM, errno.EACCES, errno.ENOSYS})
"""Answers to those who cannot measure here at all."""


class _Create(c.Structure):
    _fields_ = [
        ("map_type", c.c_uint32),
        ("key_size", c.c_uint32),
        ("value_size", c.c_uint32),
        ("max_entries", c.c_uint32),
        ("map_flags", c.c_uint32),
        ("inner_map_fd", c.c_uint32),
        ("numa_node", c.c_uint32),
        ("map_name", c.c_char * 16),
    ]


class _Element(c.Structure):
    _fields_ = [
        ("map_fd", c.c_uint32),
        ("key", c.c_uint64),
        ("value", c.c_uint64),
        ("flags", c.c_uint64),
    ]


class _Id(c.Structure):
    _fields_ = [("id", c.c_uint32), ("next_id", c.c_uint32), ("open_flags", c.c_uint32)]


class _Info(c.Structure):
    _fields_ = [("fd", c.c_uint32), ("length", c.c_uint32), ("info", c.c_uint64)]


class _MapInfo(c.Structure):
    """The first version of ``struct bpf_map_info``."""

    _fields_ = [
        ("type", c.c_uint32),
        ("id", c.c_uint32),
        ("key_size", c.c_uint32),
        ("value_size", c.c_uint32),
        ("max_entries", c.c_uint32),
        ("map_flags", c.c_uint32),
        ("name", c.c_char * 16),
    ]


def created(name: str = "") -> int | None:
    """A descriptor of a new map that stands for this process; None if it may use no BPF."""
    attributes = _Create(ARRAY, 4, TEXT_BYTES, 1, map_name=(name or NAME).encode())
    try:
        return _bpf(CREATE, attributes)
    except OSError as error:
        if error.errno in UNUSABLE:
            return None
        raise


def id_of(fd: int) -> int:
    """Id of a map."""
    return int(_info(fd).id)


def write(fd: int, text: bytes) -> None:
    """Say who this process is; what is too long is cut off."""
    _element(UPDATE, fd, text[: TEXT_BYTES - 1])


def first(name: str = "") -> tuple[int, bytes] | None:
    """Id and text of the map that holds the lock; None if there is none, or it cannot be seen."""
    try:
        return next(_found((name or NAME).encode()), None)
    except OSError as error:
        if error.errno in UNUSABLE:
            return None
        raise


def _found(name: bytes) -> Iterator[tuple[int, bytes]]:
    seen = _Id(0)
    while True:
        try:
            _bpf(NEXT_ID, seen)
        except FileNotFoundError:
            return
        seen.id = seen.next_id
        try:
            fd = _bpf(FD_BY_ID, _Id(seen.id))
        except FileNotFoundError:
            continue  # gone meanwhile
        try:
            if _info(fd).name == name:
                yield int(seen.id), _element(LOOKUP, fd, b"").rstrip(b"\0")
        finally:
            os.close(fd)


def _element(command: int, fd: int, text: bytes) -> bytes:
    key, value = c.c_uint32(0), c.create_string_buffer(text, TEXT_BYTES)
    _bpf(command, _Element(fd, c.addressof(key), c.addressof(value)))
    return value.raw


def _info(fd: int) -> _MapInfo:
    found = _MapInfo()
    _bpf(INFO, _Info(fd, c.sizeof(found), c.addressof(found)))
    return found


def _bpf(command: int, attributes: c.Structure) -> int:
    number = SYSCALL.get(platform.machine())
    if number is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    libc = c.CDLL(None, use_errno=True)
    result = int(libc.syscall(number, command, c.byref(attributes), c.sizeof(attributes)))
    if result < 0:
        raise OSError(c.get_errno(), os.strerror(c.get_errno()))
    return result
