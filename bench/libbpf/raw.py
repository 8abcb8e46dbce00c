"""Maps and programs by file descriptor: what has no object, or outlives it.

Errors come as OSError with the kernel's positive errno.
"""

from __future__ import annotations

import ctypes as c
import mmap
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.errors import errno_text
from bench.libbpf.ffi import LinkCreateOpts, MapCreateOpts, TestRunOpts, lib, zero

FSOPEN, FSCONFIG, FSMOUNT = 430, 431, 432
"""System calls of the mount API; the same numbers on all architectures."""
FSCONFIG_CMD_CREATE = 6
CLOEXEC = 1
BPF_PERF_EVENT = 41
"""``enum bpf_attach_type`` of include/uapi/linux/bpf.h."""
BPF_STATS_RUN_TIME = 0
"""``enum bpf_stats_type`` of the same."""


@dataclass(frozen=True, slots=True)
class MapType:
    """Attributes of ``BPF_MAP_CREATE``; sizes in bytes, BTF ids 0 for none."""

    kind: int
    key_bytes: int = 4
    value_bytes: int = 4
    entries: int = 1
    flags: int = 0
    btf_fd: int = 0
    btf_key: int = 0
    btf_value: int = 0
    vmlinux_value: int = 0
    inner_fd: int = 0


def create_map(wanted: MapType, name: str = "limits") -> int:
    """Create a map.

    Returns:
        A file descriptor that the caller closes.
    """
    options = MapCreateOpts(
        sz=c.sizeof(MapCreateOpts),
        btf_fd=wanted.btf_fd,
        btf_key_type_id=wanted.btf_key,
        btf_value_type_id=wanted.btf_value,
        btf_vmlinux_value_type_id=wanted.vmlinux_value,
        inner_map_fd=wanted.inner_fd,
        map_flags=wanted.flags,
    )
    sizes = (wanted.key_bytes, wanted.value_bytes, wanted.entries)
    fd = int(lib().bpf_map_create(wanted.kind, name.encode(), *sizes, c.byref(options)))
    zero(fd, "BPF_MAP_CREATE")
    return fd


def memory_bytes(map_fd: int) -> int | None:
    """Kernel memory of a map: ``memlock`` of ``/proc/self/fdinfo``.

    Since 6.4 ("bpf: add new map ops ->map_mem_usage") it is what the map's own kind counts. None
    where it is the sizes of key and value only, as before (``bpf_map_memory_footprint``).
    """
    facts = _fdinfo(map_fd)
    names = ("key_size", "value_size", "max_entries", "memlock")
    key, value, entries, found = (int(facts[name]) for name in names)
    plain = entries * (-(-(key + value) // 8) * 8)
    return None if found == -(-plain // mmap.PAGESIZE) * mmap.PAGESIZE else found


def update(fd: int, key: bytes, value: bytes) -> None:
    """Insert or replace an element; a timer within ``value`` is ignored by the kernel."""
    zero(lib().bpf_map_update_elem(fd, key, value, 0), "BPF_MAP_UPDATE_ELEM")


def push(fd: int, value: bytes) -> None:
    """Put a value into a queue, which has no keys."""
    zero(lib().bpf_map_update_elem(fd, None, value, 0), "BPF_MAP_UPDATE_ELEM of a queue")


def lookup(fd: int, key: bytes, size: int) -> bytes | None:
    """The value of a key as user space sees it, or None."""
    value = c.create_string_buffer(size)
    return value.raw if lib().bpf_map_lookup_elem(fd, key, value) == 0 else None


def elements(fd: int, key_bytes: int, value_bytes: int) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a map, each looked up by itself; those that go meanwhile are left out."""
    key, following = None, c.create_string_buffer(key_bytes)
    while lib().bpf_map_get_next_key(fd, key, following) == 0:
        key = following.raw
        value = lookup(fd, key, value_bytes)
        if value is not None:
            yield key, value


def delete(fd: int, key: bytes) -> None:
    """Delete an element."""
    zero(lib().bpf_map_delete_elem(fd, key), "BPF_MAP_DELETE_ELEM")


def freeze(fd: int) -> None:
    """Make a map read-only for user space."""
    zero(lib().bpf_map_freeze(fd), "BPF_MAP_FREEZE")


def pin(fd: int, path: str) -> None:
    """Pin a map or program at a path of a bpf file system."""
    zero(lib().bpf_obj_pin(fd, path.encode()), "BPF_OBJ_PIN")


def test_run(program_fd: int, packet: bytes = b"") -> int:
    """Run a program once, over ``packet`` where its type takes one; its return value."""
    options = TestRunOpts(sz=c.sizeof(TestRunOpts))
    data = c.create_string_buffer(packet, max(len(packet), 1))
    if packet:
        options.data_in, options.data_size_in = c.addressof(data), len(packet)
    zero(lib().bpf_prog_test_run_opts(program_fd, c.byref(options)), "BPF_PROG_TEST_RUN")
    return c.c_int32(options.retval).value


def link_perf_event(program_fd: int, event_fd: int) -> int:
    """Let an event of perf run a program each time it overflows, until the link is closed.

    Returns:
        A file descriptor that the caller closes.
    """
    options = LinkCreateOpts(sz=c.sizeof(LinkCreateOpts))
    fd = int(lib().bpf_link_create(program_fd, event_fd, BPF_PERF_EVENT, c.byref(options)))
    zero(fd, "BPF_LINK_CREATE of a perf event")
    return fd


@dataclass(frozen=True, slots=True)
class Runs:
    """The kernel's own account of a program while :func:`count_runs` lasts.

    Attributes:
        number: How often it ran.
        total_ns: Time that these runs took.
    """

    number: int
    total_ns: int


def count_runs() -> int:
    """Have the kernel count and time the runs of all programs until the descriptor is closed.

    Returns:
        A file descriptor that the caller closes.
    """
    fd = int(lib().bpf_enable_stats(BPF_STATS_RUN_TIME))
    zero(fd, "BPF_ENABLE_STATS")
    return fd


def runs(program_fd: int) -> Runs:
    """How often a program ran, from ``/proc/self/fdinfo``; callbacks of timers do not count."""
    facts = _fdinfo(program_fd)
    return Runs(number=int(facts["run_cnt"]), total_ns=int(facts["run_time_ns"]))


def recursion_misses(program_fd: int) -> int | None:
    """Runs that the kernel left out, because the program ran on that CPU already.

    Source: ``recursion_misses`` of ``/proc/self/fdinfo``, "bpf: Count the number of times
    recursion was prevented" (5.12); None where the kernel does not count them.
    """
    found = _fdinfo(program_fd).get("recursion_misses")
    return None if found is None else int(found)


def known_misses(programs: Mapping[str, int]) -> dict[str, int] | None:
    """Name -> :func:`recursion_misses` of some programs' descriptors; None if not counted."""
    found = {name: recursion_misses(fd) for name, fd in programs.items()}
    known = {name: count for name, count in found.items() if count is not None}
    return known if len(known) == len(found) else None


def _fdinfo(fd: int) -> dict[str, str]:
    lines = Path(f"/proc/self/fdinfo/{fd}").read_text().splitlines()
    return dict(line.split(":", 1) for line in lines)


def private_bpffs() -> int:
    """A new bpf file system that is mounted nowhere; pins in it go when the fd is closed.

    Returns:
        A directory file descriptor that the caller closes; paths start at ``/proc/self/fd``.
    """
    context = _system_call(FSOPEN, c.c_char_p(b"bpf"), c.c_uint(CLOEXEC))
    try:
        create = (c.c_int(context), c.c_uint(FSCONFIG_CMD_CREATE), None, None, c.c_int(0))
        _system_call(FSCONFIG, *create)
        return _system_call(FSMOUNT, c.c_int(context), c.c_uint(CLOEXEC), c.c_uint(0))
    finally:
        os.close(context)


def _system_call(number: int, *arguments: object) -> int:
    libc = c.CDLL(None, use_errno=True)
    result = int(libc.syscall(c.c_long(number), *arguments))
    if result < 0:
        code = c.get_errno()
        raise OSError(code, f"system call {number}: {errno_text(code)}")
    return result
