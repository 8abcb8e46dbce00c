"""Maps and programs that somebody else loaded, by the kernel's id or by a pin.

A descriptor of a map counts as one of its users while it is open: where the map's own users
go meanwhile, its timers live until it is closed. So hold none for longer than a look takes.
Errors come as OSError with the kernel's positive errno.
"""

from __future__ import annotations

import ctypes as c
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.libbpf.btf import Btf
from bench.libbpf.ffi import MapInfo, ProgramInfo, checked, lib, zero


@contextmanager
def open_map(map_id: int) -> Iterator[int]:
    """A descriptor of the map while the block runs."""
    fd = int(lib().bpf_map_get_fd_by_id(map_id))
    zero(fd, f"map {map_id}")
    try:
        yield fd
    finally:
        os.close(fd)


def pinned_map_id(path: str) -> int | None:
    """Id of the map that is pinned at a path; None if something else is, or nothing."""
    fd = int(lib().bpf_obj_get(path.encode()))
    if fd < 0:
        return None
    try:
        if "bpf-map" not in os.readlink(f"/proc/self/fd/{fd}"):
            return None
        info = MapInfo()
        _info(fd, info)
        return int(info.id)
    finally:
        os.close(fd)


@dataclass(frozen=True, slots=True)
class KnownProgram:
    """What the kernel says of a loaded program.

    Attributes:
        id: Its id.
        name: In full where it has BTF, else the first 15 characters.
        loaded_ns: When it was loaded, CLOCK_BOOTTIME.
        functions: Name of each of its functions by the address of its code; empty where the
            kernel hides addresses (``kernel.kptr_restrict``).
    """

    id: int
    name: str
    loaded_ns: int
    functions: dict[int, str]


def program(program_id: int) -> KnownProgram:
    """Look a program up by its id.

    Raises:
        OSError: It is gone, or this process may not look.
    """
    fd = int(lib().bpf_prog_get_fd_by_id(program_id))
    zero(fd, f"program {program_id}")
    try:
        return _program(fd)
    finally:
        os.close(fd)


def _program(fd: int) -> KnownProgram:
    first = ProgramInfo()
    _info(fd, first)
    addresses = (c.c_uint64 * max(first.nr_jited_ksyms, 1))()
    words = max(first.func_info_rec_size // 4, 2)
    described = (c.c_uint32 * (words * max(first.nr_func_info, 1)))()
    wanted = ProgramInfo(
        nr_jited_ksyms=first.nr_jited_ksyms,
        jited_ksyms=c.addressof(addresses),
        nr_func_info=first.nr_func_info,
        func_info=c.addressof(described),
        func_info_rec_size=first.func_info_rec_size,
    )
    _info(fd, wanted)
    names = _names(first.btf_id, list(described[1 : words * first.nr_func_info : words]))
    known = zip(addresses[: first.nr_jited_ksyms], names, strict=False)
    short = bytes(first.name).decode(errors="replace")
    return KnownProgram(
        id=int(first.id),
        name=names[0] if names else short,
        loaded_ns=int(first.load_time),
        functions={int(address): name for address, name in known if address},
    )


def _names(btf_id: int, types: list[int]) -> list[str]:
    if not btf_id or not types:
        return []
    with open_btf(btf_id) as btf:
        return [btf.name_of(number) for number in types]


@contextmanager
def open_btf(btf_id: int) -> Iterator[Btf]:
    """The BTF of this id while the block runs."""
    handle = checked(lib().btf__load_from_kernel_by_id(btf_id), f"BTF {btf_id}")
    try:
        yield Btf(handle)
    finally:
        lib().btf__free(handle)


def _info(fd: int, into: c.Structure) -> None:
    size = c.c_uint32(c.sizeof(into))
    zero(lib().bpf_obj_get_info_by_fd(fd, c.byref(into), c.byref(size)), "BPF_OBJ_GET_INFO_BY_FD")
