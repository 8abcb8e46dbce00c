"""Iterator programs: walking what the kernel has, by reading a file that a program writes."""

from __future__ import annotations

import ctypes as c
import errno
import os
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from bench.libbpf.ffi import IterLinkOpts, lib, zero

BPF_TRACE_ITER = 28
"""``enum bpf_attach_type`` of include/uapi/linux/bpf.h."""
CHUNK_BYTES = 1 << 16
MOST_RETRIES = 1 << 20
"""The kernel ends a read after a million objects of which none was written."""


def records(
    program_fd: int, dtype: np.dtype[np.void], *, map_fd: int | None = None
) -> Iterator[npt.NDArray[np.void]]:
    """What an iterator program writes, some records at a time.

    Args:
        program_fd: The loaded program, of a type such as ``iter/bpf_map``.
        dtype: The struct that it writes.
        map_fd: For ``iter/bpf_map_elem``: the map whose entries it walks.

    Raises:
        OSError: The kernel refused to attach or to walk.
    """
    fd = _iterator(program_fd, map_fd)
    try:
        rest = b""
        while chunk := _read(fd):
            data = rest + chunk
            whole = len(data) // dtype.itemsize * dtype.itemsize
            rest = data[whole:]
            yield np.frombuffer(data[:whole], dtype)
    finally:
        os.close(fd)


def _iterator(program_fd: int, map_fd: int | None) -> int:
    target = c.c_uint32(map_fd or 0)
    options = IterLinkOpts(sz=c.sizeof(IterLinkOpts))
    if map_fd is not None:
        options.iter_info = c.addressof(target)
        options.iter_info_len = c.sizeof(target)
    link = int(lib().bpf_link_create(program_fd, 0, BPF_TRACE_ITER, c.byref(options)))
    zero(link, "BPF_LINK_CREATE of an iterator")
    try:
        fd = int(lib().bpf_iter_create(link))
        zero(fd, "BPF_ITER_CREATE")
        return fd
    finally:
        os.close(link)


def _read(fd: int) -> bytes:
    for _ in range(MOST_RETRIES):
        try:
            return os.read(fd, CHUNK_BYTES)
        except BlockingIOError:
            continue
    raise OSError(errno.EAGAIN, "an iterator that does not end")
