"""Maps and programs by file descriptor: what has no object, or outlives it.

Errors come as OSError with the kernel's positive errno.
"""

from __future__ import annotations

import ctypes as c
import os
from dataclasses import dataclass
from pathlib import Path

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


def create_map(wanted: MapType) -> int:
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
    fd = int(lib().bpf_map_create(wanted.kind, b"limits", *sizes, c.byref(options)))
    zero(fd, "BPF_MAP_CREATE")
    return fd


def update(fd: int, key: bytes, value: bytes) -> None:
    """Insert or replace an element; a timer within ``value`` is ignored by the kernel."""
    zero(lib().bpf_map_update_elem(fd, key, value, 0), "BPF_MAP_UPDATE_ELEM")


def lookup(fd: int, key: bytes, size: int) -> bytes | None:
    """The value of a key as user space sees it, or None."""
    value = c.create_string_buffer(size)
    return value.raw if lib().bpf_map_lookup_elem(fd, key, value) == 0 else None


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
    lines = Path(f"/proc/self/fdinfo/{program_fd}").read_text().splitlines()
    facts = dict(line.split(":", 1) for line in lines)
    return Runs(number=int(facts["run_cnt"]), total_ns=int(facts["run_time_ns"]))


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
        raise OSError(code, f"system call {number}: {os.strerror(code)}")
    return result
