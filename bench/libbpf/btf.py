"""Sizes and members of C types, read from the kernel's or an object's BTF.

Source: ``Documentation/bpf/btf.rst``; layout of ``struct btf_type`` and ``btf_member``.
"""

from __future__ import annotations

import ctypes as c
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.errors import BenchError
from bench.libbpf.ffi import lib

KIND_INT = 1
KIND_POINTER = 2
KIND_STRUCT = 4
KIND_ENUM = 6
KIND_TYPEDEF = 8
KIND_FUNC = 12
KIND_DATASEC = 15
VMLINUX = Path("/sys/kernel/btf/vmlinux")
NO_BTF = "Boot a kernel built with CONFIG_DEBUG_INFO_BTF=y"


class _Type(c.Structure):
    _fields_ = [("name_off", c.c_uint32), ("info", c.c_uint32), ("size", c.c_uint32)]


class _Member(c.Structure):
    _fields_ = [("name_off", c.c_uint32), ("type", c.c_uint32), ("offset", c.c_uint32)]


class _Parameter(c.Structure):
    _fields_ = [("name_off", c.c_uint32), ("type", c.c_uint32)]


class _Enumerator(c.Structure):
    _fields_ = [("name_off", c.c_uint32), ("value", c.c_int32)]


class _Variable(c.Structure):
    _fields_ = [("type", c.c_uint32), ("offset", c.c_uint32), ("size", c.c_uint32)]


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a struct: name, offset and size in bytes."""

    name: str
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Struct:
    """A struct: its size in bytes and its members in order."""

    name: str
    size: int
    members: tuple[Member, ...]


class Btf:
    """One BTF blob; borrowed from its object, or the kernel's own."""

    def __init__(self, handle: int) -> None:
        """Wrap libbpf's ``struct btf *``."""
        self.handle = handle

    def _id(self, name: str, kind: int) -> int | None:
        found = int(lib().btf__find_by_name_kind(self.handle, name.encode(), kind))
        return found if found > 0 else None

    def has_function(self, name: str) -> bool:
        """Whether a function of this name exists."""
        return self._id(name, KIND_FUNC) is not None

    def has_tracepoint(self, name: str) -> bool:
        """Whether programs of type ``tp_btf`` find a tracepoint of this name."""
        return self._id(f"btf_trace_{name}", KIND_TYPEDEF) is not None

    def tracepoint_arguments(self, name: str) -> int:
        """How many arguments a tracepoint has; 0 when there is no such tracepoint.

        Its ``btf_trace_NAME`` is a pointer to a function that takes one more before them.
        """
        found = self._id(f"btf_trace_{name}", KIND_TYPEDEF)
        for _ in ("typedef", "pointer"):
            found = found and _Type.from_address(self._address(found)).size
        info = _Type.from_address(self._address(found)).info if found else 1
        return (info & 0xFFFF) - 1

    def tracepoint_takes_pointer(self, name: str, argument: int) -> bool:
        """Whether an argument of a tracepoint, counted from 0, is a pointer."""
        found = self._id(f"btf_trace_{name}", KIND_TYPEDEF)
        for _ in ("typedef", "pointer"):
            found = found and _Type.from_address(self._address(found)).size
        if not found or argument >= self.tracepoint_arguments(name):
            return False
        first = self._address(found) + c.sizeof(_Type)
        place = first + (argument + 1) * c.sizeof(_Parameter)
        kind = _Type.from_address(self._address(_Parameter.from_address(place).type)).info
        return int(kind >> 24) & 0x1F == KIND_POINTER

    def _address(self, type_id: int) -> int:
        return int(lib().btf__type_by_id(self.handle, type_id))

    def type_id(self, name: str, kind: int) -> int:
        """Number of a type, for calls that take BTF; 0 when there is none."""
        return self._id(name, kind) or 0

    def enum(self, name: str) -> dict[str, int]:
        """Names and values of an enum; empty when there is none."""
        type_id = self._id(name, KIND_ENUM)
        if type_id is None:
            return {}
        address = lib().btf__type_by_id(self.handle, type_id)
        count = _Type.from_address(address).info & 0xFFFF
        raw = (_Enumerator * count).from_address(address + c.sizeof(_Type))
        return {self.string(item.name_off): item.value for item in raw}

    def string(self, offset: int) -> str:
        """A name by its place among the strings."""
        return bytes(lib().btf__name_by_offset(self.handle, offset)).decode()

    def struct(self, name: str) -> Struct | None:
        """The struct of this name, or None."""
        type_id = self._id(name, KIND_STRUCT)
        if type_id is None:
            return None
        address = lib().btf__type_by_id(self.handle, type_id)
        head = _Type.from_address(address)
        count, bitfields = head.info & 0xFFFF, head.info >> 31
        raw = (_Member * count).from_address(address + c.sizeof(_Type))
        members = tuple(self._member(item, bool(bitfields)) for item in raw)
        return Struct(name, head.size, members)

    def section(self, name: str) -> tuple[Member, ...]:
        """The variables of a data section such as ``.rodata``; empty when there is none."""
        type_id = self._id(name, KIND_DATASEC)
        if type_id is None:
            return ()
        address = lib().btf__type_by_id(self.handle, type_id)
        count = _Type.from_address(address).info & 0xFFFF
        raw = (_Variable * count).from_address(address + c.sizeof(_Type))
        return tuple(Member(self._type_name(v.type), v.offset, v.size) for v in raw)

    def _type_name(self, type_id: int) -> str:
        head = _Type.from_address(lib().btf__type_by_id(self.handle, type_id))
        return self.string(head.name_off)

    def name_of(self, type_id: int) -> str:
        """Name of a type or function by its number."""
        return self._type_name(type_id)

    def _member(self, raw: _Member, bitfields: bool) -> Member:
        name = self.string(raw.name_off)
        bits = raw.offset & 0xFFFFFF if bitfields else raw.offset
        size = int(lib().btf__resolve_size(self.handle, raw.type))
        return Member(name, bits // 8, size)


@cache
def vmlinux() -> Btf:
    """The running kernel's BTF.

    Raises:
        BenchError: The kernel has none.
    """
    handle = lib().btf__load_vmlinux_btf() if VMLINUX.exists() else None
    if not handle:
        raise BenchError(f"this kernel has no BTF ({VMLINUX})", remedy=NO_BTF)
    return Btf(handle)
