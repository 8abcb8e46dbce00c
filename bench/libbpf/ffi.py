"""ctypes prototypes of the libbpf 1.x functions in use, and its messages.

Source: ``bpf/libbpf.h`` and ``bpf/btf.h`` of libbpf 1.1. In libbpf 1.x, functions that
return a pointer return NULL and set errno; the others return a negative errno.
"""

from __future__ import annotations

import ctypes as c
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from bench.errors import BenchError, errno_text
from bench.installation import remedy
from bench.signals import deferred

SONAME = "libbpf.so.1"
LIBBPF_WARN = 0

Pointer = c.c_void_p
_PRINT = c.CFUNCTYPE(c.c_int, c.c_int, c.c_char_p, c.c_void_p)


class TestRunOpts(c.Structure):
    """``struct bpf_test_run_opts``."""

    _fields_ = [
        ("sz", c.c_size_t),
        ("data_in", c.c_void_p),
        ("data_out", c.c_void_p),
        ("data_size_in", c.c_uint32),
        ("data_size_out", c.c_uint32),
        ("ctx_in", c.c_void_p),
        ("ctx_out", c.c_void_p),
        ("ctx_size_in", c.c_uint32),
        ("ctx_size_out", c.c_uint32),
        ("retval", c.c_uint32),
        ("repeat", c.c_int),
        ("duration", c.c_uint32),
        ("flags", c.c_uint32),
        ("cpu", c.c_uint32),
        ("batch_size", c.c_uint32),
    ]


class LinkCreateOpts(c.Structure):
    """``struct bpf_link_create_opts`` up to its flags; libbpf takes the rest as zero."""

    _fields_ = [("sz", c.c_size_t), ("flags", c.c_uint32), ("padding", c.c_uint32)]


class IterLinkOpts(c.Structure):
    """``struct bpf_link_create_opts`` up to what an iterator walks."""

    _fields_ = [
        ("sz", c.c_size_t),
        ("flags", c.c_uint32),
        ("iter_info", c.c_void_p),
        ("iter_info_len", c.c_uint32),
        ("padding", c.c_uint32),
    ]


class TcHook(c.Structure):
    """``struct bpf_tc_hook``."""

    _fields_ = [
        ("sz", c.c_size_t),
        ("ifindex", c.c_int),
        ("attach_point", c.c_int),
        ("parent", c.c_uint32),
        ("padding", c.c_uint32),
    ]


class TcOpts(c.Structure):
    """``struct bpf_tc_opts``."""

    _fields_ = [
        ("sz", c.c_size_t),
        ("prog_fd", c.c_int),
        ("flags", c.c_uint32),
        ("prog_id", c.c_uint32),
        ("handle", c.c_uint32),
        ("priority", c.c_uint32),
        ("padding", c.c_uint32),
    ]


class ProgramInfo(c.Structure):
    """``struct bpf_prog_info`` of include/uapi/linux/bpf.h up to what is read of it."""

    _fields_ = [
        ("type", c.c_uint32),
        ("id", c.c_uint32),
        ("tag", c.c_uint8 * 8),
        ("jited_prog_len", c.c_uint32),
        ("xlated_prog_len", c.c_uint32),
        ("jited_prog_insns", c.c_uint64),
        ("xlated_prog_insns", c.c_uint64),
        ("load_time", c.c_uint64),
        ("created_by_uid", c.c_uint32),
        ("nr_map_ids", c.c_uint32),
        ("map_ids", c.c_uint64),
        ("name", c.c_char * 16),
        ("ifindex", c.c_uint32),
        ("gpl_compatible", c.c_uint32),
        ("netns_dev", c.c_uint64),
        ("netns_ino", c.c_uint64),
        ("nr_jited_ksyms", c.c_uint32),
        ("nr_jited_func_lens", c.c_uint32),
        ("jited_ksyms", c.c_uint64),
        ("jited_func_lens", c.c_uint64),
        ("btf_id", c.c_uint32),
        ("func_info_rec_size", c.c_uint32),
        ("func_info", c.c_uint64),
        ("nr_func_info", c.c_uint32),
        ("nr_line_info", c.c_uint32),
    ]


class MapInfo(c.Structure):
    """``struct bpf_map_info`` of the same up to the map's id."""

    _fields_ = [("type", c.c_uint32), ("id", c.c_uint32)]


class MapCreateOpts(c.Structure):
    """``struct bpf_map_create_opts``."""

    _fields_ = [
        ("sz", c.c_size_t),
        ("btf_fd", c.c_uint32),
        ("btf_key_type_id", c.c_uint32),
        ("btf_value_type_id", c.c_uint32),
        ("btf_vmlinux_value_type_id", c.c_uint32),
        ("inner_map_fd", c.c_uint32),
        ("map_flags", c.c_uint32),
        ("map_extra", c.c_uint64),
        ("numa_node", c.c_uint32),
        ("map_ifindex", c.c_uint32),
    ]


_PROTOTYPES: dict[str, tuple[object, tuple[object, ...]]] = {
    "libbpf_version_string": (c.c_char_p, ()),
    "libbpf_set_print": (c.c_void_p, (_PRINT,)),
    "libbpf_num_possible_cpus": (c.c_int, ()),
    "bpf_object__open_file": (Pointer, (c.c_char_p, Pointer)),
    "bpf_object__load": (c.c_int, (Pointer,)),
    "bpf_object__close": (None, (Pointer,)),
    "bpf_object__btf": (Pointer, (Pointer,)),
    "bpf_object__next_program": (Pointer, (Pointer, Pointer)),
    "bpf_object__find_program_by_name": (Pointer, (Pointer, c.c_char_p)),
    "bpf_object__find_map_by_name": (Pointer, (Pointer, c.c_char_p)),
    "bpf_object__next_map": (Pointer, (Pointer, Pointer)),
    "bpf_program__name": (c.c_char_p, (Pointer,)),
    "bpf_program__section_name": (c.c_char_p, (Pointer,)),
    "bpf_program__set_autoload": (c.c_int, (Pointer, c.c_bool)),
    "bpf_program__fd": (c.c_int, (Pointer,)),
    "bpf_program__attach": (Pointer, (Pointer,)),
    "bpf_program__attach_cgroup": (Pointer, (Pointer, c.c_int)),
    "bpf_tc_hook_create": (c.c_int, (c.POINTER(TcHook),)),
    "bpf_tc_hook_destroy": (c.c_int, (c.POINTER(TcHook),)),
    "bpf_tc_attach": (c.c_int, (c.POINTER(TcHook), c.POINTER(TcOpts))),
    "bpf_link_create": (c.c_int, (c.c_int, c.c_int, c.c_int, Pointer)),
    "bpf_iter_create": (c.c_int, (c.c_int,)),
    "bpf_map_get_fd_by_id": (c.c_int, (c.c_uint32,)),
    "bpf_prog_get_fd_by_id": (c.c_int, (c.c_uint32,)),
    "bpf_obj_get": (c.c_int, (c.c_char_p,)),
    "bpf_obj_get_info_by_fd": (c.c_int, (c.c_int, Pointer, c.POINTER(c.c_uint32))),
    "btf__load_from_kernel_by_id": (Pointer, (c.c_uint32,)),
    "bpf_link__destroy": (c.c_int, (Pointer,)),
    "bpf_map__name": (c.c_char_p, (Pointer,)),
    "bpf_map__fd": (c.c_int, (Pointer,)),
    "bpf_map__reuse_fd": (c.c_int, (Pointer, c.c_int)),
    "bpf_map__set_max_entries": (c.c_int, (Pointer, c.c_uint32)),
    "bpf_map__max_entries": (c.c_uint32, (Pointer,)),
    "bpf_map__set_type": (c.c_int, (Pointer, c.c_int)),
    "bpf_map__set_map_flags": (c.c_int, (Pointer, c.c_uint32)),
    "bpf_map__set_inner_map_fd": (c.c_int, (Pointer, c.c_int)),
    "bpf_map__key_size": (c.c_uint32, (Pointer,)),
    "bpf_map__value_size": (c.c_uint32, (Pointer,)),
    "bpf_map__initial_value": (Pointer, (Pointer, c.POINTER(c.c_size_t))),
    "bpf_object__btf_fd": (c.c_int, (Pointer,)),
    "bpf_program__set_type": (c.c_int, (Pointer, c.c_int)),
    "bpf_program__set_expected_attach_type": (c.c_int, (Pointer, c.c_int)),
    "bpf_program__set_attach_target": (c.c_int, (Pointer, c.c_int, c.c_char_p)),
    "bpf_link__fd": (c.c_int, (Pointer,)),
    "bpf_map_create": (
        c.c_int,
        (
            c.c_int,
            c.c_char_p,
            c.c_uint32,
            c.c_uint32,
            c.c_uint32,
            c.POINTER(MapCreateOpts),
        ),
    ),
    "bpf_map_update_elem": (c.c_int, (c.c_int, c.c_void_p, c.c_void_p, c.c_uint64)),
    "bpf_map_lookup_elem": (c.c_int, (c.c_int, c.c_void_p, c.c_void_p)),
    "bpf_map_delete_elem": (c.c_int, (c.c_int, c.c_void_p)),
    "bpf_map_get_next_key": (c.c_int, (c.c_int, c.c_void_p, c.c_void_p)),
    "bpf_enable_stats": (c.c_int, (c.c_int,)),
    "bpf_map_freeze": (c.c_int, (c.c_int,)),
    "bpf_obj_pin": (c.c_int, (c.c_int, c.c_char_p)),
    "bpf_prog_test_run_opts": (c.c_int, (c.c_int, c.POINTER(TestRunOpts))),
    "btf__load_vmlinux_btf": (Pointer, ()),
    "btf__free": (None, (Pointer,)),
    "btf__find_by_name_kind": (c.c_int32, (Pointer, c.c_char_p, c.c_uint32)),
    "btf__type_by_id": (Pointer, (Pointer, c.c_uint32)),
    "btf__name_by_offset": (c.c_char_p, (Pointer, c.c_uint32)),
    "btf__resolve_size": (c.c_int64, (Pointer, c.c_uint32)),
}

_messages: list[str] = []


LONGEST = 1 << 18
"""Of a message; of one that is longer the end is kept, because a log ends with the reason."""
VA_LIST_BYTES = 32
"""At least ``sizeof(va_list)``, which is what vsnprintf() uses up."""


def _formatter() -> Callable[[bytes, int], str]:
    libc = c.CDLL(None)
    libc.vsnprintf.argtypes = (c.c_void_p, c.c_size_t, c.c_char_p, c.c_void_p)

    def render(template: bytes, arguments: int) -> str:
        # The verifier's log arrives as one message and may be very long.
        saved = c.string_at(arguments, VA_LIST_BYTES)
        size = libc.vsnprintf(None, 0, template, arguments)
        c.memmove(arguments, saved, VA_LIST_BYTES)
        buffer = c.create_string_buffer(size + 1)
        libc.vsnprintf(buffer, len(buffer), template, arguments)
        return buffer.value[-LONGEST:].decode(errors="replace")

    return render


_render = _formatter()


def _collect(level: int, template: bytes, arguments: int) -> int:
    if level == LIBBPF_WARN:
        _messages.append(_render(template, arguments))
    return 0


_CALLBACK = _PRINT(_collect)


@cache
def lib() -> c.CDLL:
    """The loaded library with its prototypes set.

    Raises:
        BenchError: libbpf 1.x is not installed.
    """
    try:
        library = c.CDLL(SONAME, use_errno=True)
    except OSError as error:
        raise BenchError(
            f"cannot load {SONAME}: {error}", remedy=remedy("apt-get install libbpf1")
        ) from error
    for name, (result, arguments) in _PROTOTYPES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


@contextmanager
def collected_messages() -> Iterator[list[str]]:
    """The warnings that libbpf prints while the block runs, the verifier's log among them.

    BCC loads the same shared library and sets a printer of its own at each load: ours is set anew.
    An interruption waits for the end of the block: ctypes drops what is raised in the printer.
    """
    lib().libbpf_set_print(_CALLBACK)
    _messages.clear()
    with deferred():
        yield _messages


def version() -> str:
    """Version of the loaded libbpf, for example ``v1.1``."""
    return bytes(lib().libbpf_version_string()).decode()


def possible_cpus() -> int:
    """Number of CPUs the kernel may ever have: the values of one key of a per-CPU map."""
    return int(lib().libbpf_num_possible_cpus())


def checked(result: int | None, what: str) -> int:
    """Turn libbpf's two ways of failing into an OSError that names the operation."""
    if result is None or result == 0:
        code = c.get_errno()
        raise OSError(code, f"{what}: {errno_text(code)}")
    return result


def zero(result: int, what: str) -> None:
    """Raise an OSError for a negative result.

    Raises:
        OSError: With the positive errno.
    """
    if result < 0:
        raise OSError(-result, f"{what}: {errno_text(-result)}")
