"""A map of an object: its size and type before loading, its memory afterwards."""

from __future__ import annotations

import ctypes as c
import mmap

import numpy as np
import numpy.typing as npt

from bench.libbpf.ffi import lib, possible_cpus, zero

MAP_TYPES = {
    "hash": 1,
    "array": 2,
    "lru_hash": 9,
    "hash_noprealloc": 1,
    "array_of_maps": 12,
    "hash_of_maps": 13,
}
"""``enum bpf_map_type`` of include/uapi/linux/bpf.h, by the names used in cells."""
BPF_F_NO_PREALLOC = 1


class BpfMap:
    """One map, borrowed from its object."""

    def __init__(self, handle: int, name: str) -> None:
        """Wrap libbpf's ``struct bpf_map *``."""
        self._handle = handle
        self.name = name
        self._memory: mmap.mmap | None = None

    def configure(self, *, entries: int | None = None, map_type: str | None = None) -> None:
        """Set entries and type (a key of MAP_TYPES) before the object is loaded."""
        if entries is not None:
            zero(lib().bpf_map__set_max_entries(self._handle, entries), f"size of {self.name}")
        if map_type is not None:
            kind = MAP_TYPES[map_type]
            zero(lib().bpf_map__set_type(self._handle, kind), f"type of {self.name}")
            flags = BPF_F_NO_PREALLOC if map_type == "hash_noprealloc" else 0
            zero(lib().bpf_map__set_map_flags(self._handle, flags), f"flags of {self.name}")

    def will_hold(self, example: BpfMap) -> None:
        """Say what a map of maps holds, by a map of an object that is loaded already."""
        self.will_hold_fd(example.fd)

    def will_hold_fd(self, example: int) -> None:
        """The same by the example's descriptor, which stays the caller's."""
        result = lib().bpf_map__set_inner_map_fd(self._handle, example)
        zero(result, f"inner map of {self.name}")

    def hold(self, other: BpfMap) -> None:
        """Put a map into this map of maps at key 0, once both are loaded."""
        self.hold_fd(0, other.fd, other.name)

    def hold_fd(self, key: int, fd: int, name: str) -> None:
        """Put a map, by its descriptor, into this map of maps, once both are loaded."""
        place, value = (number.to_bytes(4, "little") for number in (key, fd))
        result = lib().bpf_map_update_elem(self.fd, place, value, 0)
        zero(result, f"{name} in {self.name}")

    def share(self, other: BpfMap) -> None:
        """Be the same map as one of an object that is loaded, before this object is loaded."""
        self.stand_for(other.fd)

    def stand_for(self, fd: int) -> None:
        """Be a map that somebody else created, by its descriptor, before the object is loaded."""
        zero(lib().bpf_map__reuse_fd(self._handle, fd), f"sharing {self.name}")

    def configure_kind(self, kind: int, flags: int = 0) -> None:
        """Set any ``enum bpf_map_type`` and flags by number before the object is loaded."""
        zero(lib().bpf_map__set_type(self._handle, kind), f"type of {self.name}")
        zero(lib().bpf_map__set_map_flags(self._handle, flags), f"flags of {self.name}")

    @property
    def fd(self) -> int:
        """File descriptor; valid after loading."""
        return int(lib().bpf_map__fd(self._handle))

    @property
    def key_bytes(self) -> int:
        """Size of a key."""
        return int(lib().bpf_map__key_size(self._handle))

    @property
    def value_bytes(self) -> int:
        """Size of a value."""
        return int(lib().bpf_map__value_size(self._handle))

    def view(self, dtype: np.dtype[np.void]) -> npt.NDArray[np.void]:
        """The values of an mmapable array as a numpy array, shared with the kernel.

        Shape (max_entries,). Reading and writing need no system call; drop all references
        before the object is closed.
        """
        entries = int(lib().bpf_map__max_entries(self._handle))
        size = entries * dtype.itemsize
        length = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
        self._memory = mmap.mmap(self.fd, length, mmap.MAP_SHARED)
        return np.frombuffer(self._memory, dtype=dtype, count=entries)

    def per_cpu_sums(self, key_bytes: int) -> dict[int, int]:
        """Key -> sum over all CPUs of a per-CPU hash of words; keys as little-endian numbers."""
        found = {}
        key, following = None, c.create_string_buffer(key_bytes)
        values = (c.c_uint64 * possible_cpus())()
        while lib().bpf_map_get_next_key(self.fd, key, following) == 0:
            key = following.raw
            if lib().bpf_map_lookup_elem(self.fd, key, values) == 0:
                found[int.from_bytes(key, "little")] = sum(values)
        return found

    def unmap(self) -> None:
        """Give the mapping back; a view still in use keeps it until it is dropped."""
        if self._memory is not None:
            try:
                self._memory.close()
            except BufferError:
                pass
            self._memory = None
