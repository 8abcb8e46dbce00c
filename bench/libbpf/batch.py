"""Reading and deleting a map's elements by batches, as user-space collectors do."""

from __future__ import annotations

import ctypes as c
import errno
import os
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from bench.libbpf.ffi import lib
from bench.libbpf.maps import BpfMap

Bytes = npt.NDArray[np.uint8]
TOKEN_BYTES = 8
"""Room for the kernel's position in a hash map, which is four bytes."""


def batches(table: BpfMap, size: int) -> Iterator[tuple[Bytes, Bytes]]:
    """All elements of a hash map, a batch at a time (``BPF_MAP_LOOKUP_BATCH``).

    Elements that come or go meanwhile may or may not be seen. The arrays are overwritten
    by the next batch.

    Args:
        table: The map; loaded.
        size: Elements of a batch; the kernel needs room for the fullest bucket.

    Yields:
        Keys and values, uint8, shapes (n, key size) and (n, value size).

    Raises:
        OSError: The kernel refused.
    """
    keys = np.empty((size, table.key_bytes), np.uint8)
    values = np.empty((size, table.value_bytes), np.uint8)
    here, there = c.create_string_buffer(TOKEN_BYTES), c.create_string_buffer(TOKEN_BYTES)
    first = True
    while True:
        count = c.c_uint32(size)
        result = lib().bpf_map_lookup_batch(
            table.fd,
            None if first else here,
            there,
            keys.ctypes.data,
            values.ctypes.data,
            c.byref(count),
            None,
        )
        if result < 0 and result != -errno.ENOENT:
            raise OSError(-result, f"BPF_MAP_LOOKUP_BATCH of {table.name}: {os.strerror(-result)}")
        if count.value:
            yield keys[: count.value], values[: count.value]
        if result < 0:
            return
        here, there, first = there, here, False


def delete(table: BpfMap, keys: Bytes) -> int:
    """Delete elements (``BPF_MAP_DELETE_BATCH``) up to the first that is not there.

    Returns:
        How many were deleted; the key at that place, if there is one, was not found.

    Raises:
        OSError: The kernel refused for another reason.
    """
    whole = np.ascontiguousarray(keys)
    count = c.c_uint32(len(whole))
    result = lib().bpf_map_delete_batch(table.fd, whole.ctypes.data, c.byref(count), None)
    if result < 0 and result != -errno.ENOENT:
        raise OSError(-result, f"BPF_MAP_DELETE_BATCH of {table.name}: {os.strerror(-result)}")
    return int(count.value)
