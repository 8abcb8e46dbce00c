"""Bytes as text by their C type, as BTF has it: ``{addr: 167772161, port: 53}``."""

from __future__ import annotations

import ctypes as c
from typing import NamedTuple

from bench.libbpf.btf import Btf
from bench.libbpf.ffi import lib

INT, ARRAY, STRUCT, ENUM = 1, 3, 4, 6
TRANSPARENT = {8, 9, 10, 11, 18}
"""typedef, volatile, const, restrict, type_tag: another type by another name."""
SIGNED = 1
WORDS = 3
"""Of ``struct btf_type``: name, info, size or type."""


class _Raw(NamedTuple):
    kind: int
    length: int
    bitfields: bool
    size: int
    address: int


def text_of(btf: Btf, type_id: int, data: bytes) -> str | None:
    """A value as text; None if its type has something that is not shown, such as a bit-field."""
    found = _raw(btf, type_id)
    while found and found.kind in TRANSPARENT:
        type_id, found = found.size, _raw(btf, found.size)
    if found is None:
        return None
    if found.kind in (INT, ENUM) and len(data) >= found.size:
        return str(int.from_bytes(data[: found.size], "little", signed=_signed(found)))
    if found.kind == STRUCT and not found.bitfields:
        return _struct(btf, found, data)
    return _array(btf, found, data) if found.kind == ARRAY else None


def _raw(btf: Btf, type_id: int) -> _Raw | None:
    address = lib().btf__type_by_id(btf.handle, type_id)
    if not address or not type_id:
        return None
    words = (c.c_uint32 * WORDS).from_address(address)
    info = words[1]
    return _Raw((info >> 24) & 0x1F, info & 0xFFFF, bool(info >> 31), words[2], address + 4 * WORDS)


def _signed(found: _Raw) -> bool:
    if found.kind != INT:
        return found.bitfields  # The same bit of an enum says that it is signed.
    return bool(c.c_uint32.from_address(found.address).value >> 24 & SIGNED)


def _struct(btf: Btf, found: _Raw, data: bytes) -> str | None:
    parts = []
    members = (c.c_uint32 * (3 * found.length)).from_address(found.address)
    for place in range(0, 3 * found.length, 3):
        name, kind, bits = members[place : place + 3]
        text = text_of(btf, kind, data[bits // 8 :])
        if text is None:
            return None
        label = btf.string(name)
        parts.append(f"{label}: {text}" if label else text)
    return "{" + ", ".join(parts) + "}"


def _array(btf: Btf, found: _Raw, data: bytes) -> str | None:
    kind, _index, count = (c.c_uint32 * 3).from_address(found.address)
    size = int(lib().btf__resolve_size(btf.handle, kind))
    if size <= 0 or len(data) < size * count:
        return None
    if size == 1:
        return _bytes(data[:count], is_text=btf.name_of(kind) == "char")
    parts = [text_of(btf, kind, data[n * size : (n + 1) * size]) for n in range(count)]
    return None if None in parts else "[" + ", ".join(filter(None, parts)) + "]"


def _bytes(data: bytes, *, is_text: bool) -> str:
    """Characters up to the first NUL where that is what they are, else hex."""
    text = data.rstrip(b"\0")
    if is_text and text.isascii() and text.decode("ascii").isprintable():
        return f'"{text.decode("ascii")}"'
    return f"0x{data.hex()}"
