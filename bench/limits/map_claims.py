"""Which kinds of maps may hold a timer: each kind the kernel has, with and without one."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace

from bench.errors import BenchError, errno_name
from bench.libbpf import btf, raw
from bench.libbpf.btf import KIND_INT, KIND_STRUCT
from bench.libbpf.maps import BPF_F_NO_PREALLOC
from bench.libbpf.object import BpfObject
from bench.limits.claim import CannotTryError, Claim, Outcome, judged
from bench.limits.lab import Lab
from bench.limits.loading import opened
from bench.limits.sources import ARTICLE, MAP_SIDE

PREFIX = "BPF_MAP_TYPE_"
TIMED, UNTIMED = "timed", "untimed"
BPF_F_MMAPABLE = 1 << 10
VALUE_BYTES = 24
_KEYS = {
    0: ("", 0),
    4: ("unsigned int", KIND_INT),
    8: ("key_8", KIND_STRUCT),
    16: ("key_16", KIND_STRUCT),
}
ALLOWED = ("HASH", "ARRAY", "LRU_HASH")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a kind of map wants: its own value size where it does not take any."""

    key_bytes: int = 4
    value_bytes: int = 24
    entries: int = 1
    flags: int = 0
    inner: bool = False
    vmlinux_value: str = ""
    key: tuple[str, int] | None = None


_OWN_VALUE = Shape(value_bytes=4)
_STORAGE = Shape(entries=0, flags=BPF_F_NO_PREALLOC)
_CGROUP = Shape(key_bytes=8, entries=0, key=("unsigned long long", KIND_INT))
_RING = Shape(key_bytes=0, value_bytes=0, entries=1 << 16)
SHAPES: dict[str, Shape] = {
    "HASH": Shape(),
    "ARRAY": Shape(),
    "PROG_ARRAY": _OWN_VALUE,
    "PERF_EVENT_ARRAY": _OWN_VALUE,
    "PERCPU_HASH": Shape(),
    "PERCPU_ARRAY": Shape(),
    "STACK_TRACE": Shape(),
    "CGROUP_ARRAY": _OWN_VALUE,
    "LRU_HASH": Shape(entries=64),
    "LRU_PERCPU_HASH": Shape(entries=64),
    "LPM_TRIE": Shape(key_bytes=8, flags=BPF_F_NO_PREALLOC),
    "ARRAY_OF_MAPS": replace(_OWN_VALUE, inner=True),
    "HASH_OF_MAPS": replace(_OWN_VALUE, inner=True),
    "DEVMAP": _OWN_VALUE,
    "SOCKMAP": _OWN_VALUE,
    "CPUMAP": _OWN_VALUE,
    "XSKMAP": _OWN_VALUE,
    "SOCKHASH": _OWN_VALUE,
    "CGROUP_STORAGE": _CGROUP,
    "REUSEPORT_SOCKARRAY": _OWN_VALUE,
    "PERCPU_CGROUP_STORAGE": _CGROUP,
    "QUEUE": Shape(key_bytes=0),
    "STACK": Shape(key_bytes=0),
    "SK_STORAGE": _STORAGE,
    "DEVMAP_HASH": _OWN_VALUE,
    "STRUCT_OPS": Shape(vmlinux_value="bpf_struct_ops_tcp_congestion_ops"),
    "RINGBUF": _RING,
    "INODE_STORAGE": _STORAGE,
    "TASK_STORAGE": _STORAGE,
    "BLOOM_FILTER": Shape(key_bytes=0),
    "USER_RINGBUF": _RING,
    "CGRP_STORAGE": _STORAGE,
    "ARENA": Shape(key_bytes=0, value_bytes=0, flags=BPF_F_MMAPABLE),
}
"""Kinds by name, as :func:`map_kinds` finds them; a kind missing here gets ``Shape()``."""


def map_kinds() -> dict[str, int]:
    """Kinds of maps of the running kernel, by name without prefix."""
    found = {
        name.removeprefix(PREFIX): number
        for name, number in btf.vmlinux().enum("bpf_map_type").items()
        if name.startswith(PREFIX) and not name.endswith(("_UNSPEC", "_DEPRECATED"))
    }
    if not found:
        raise BenchError("the kernel's BTF has no enum bpf_map_type")
    return found


def attempt_to_create(wanted: raw.MapType) -> int:
    """0 if a map like this can be created, or the positive errno; keeps nothing."""
    try:
        os.close(raw.create_map(wanted))
    except OSError as error:
        return error.errno or 0
    return 0


def with_value(types: BpfObject, kind: int, shape: Shape, value: str) -> raw.MapType:
    """A map of ``kind`` whose value has a type of ``values.bpf.c``."""
    key_name, key_kind = shape.key or _KEYS[shape.key_bytes]
    ids = types.btf()
    return raw.MapType(
        kind=kind,
        key_bytes=shape.key_bytes,
        value_bytes=VALUE_BYTES,
        entries=shape.entries,
        flags=shape.flags,
        btf_fd=types.btf_fd(),
        btf_key=ids.type_id(key_name, key_kind) if key_name else 0,
        btf_value=ids.type_id(value, KIND_STRUCT),
    )


def _plain(types: BpfObject, kind: int, shape: Shape, inner_fd: int) -> raw.MapType:
    value_bytes, vmlinux_id = shape.value_bytes, 0
    if shape.vmlinux_value:
        value = btf.vmlinux().struct(shape.vmlinux_value)
        value_bytes = value.size if value else 0
        vmlinux_id = btf.vmlinux().type_id(shape.vmlinux_value, KIND_STRUCT)
    return raw.MapType(
        kind=kind,
        key_bytes=shape.key_bytes,
        value_bytes=value_bytes,
        entries=shape.entries,
        flags=shape.flags,
        btf_fd=types.btf_fd() if vmlinux_id else 0,
        vmlinux_value=vmlinux_id,
        inner_fd=inner_fd,
    )


@dataclass(frozen=True, slots=True)
class Tries:
    """Errno of creating one kind: with a timer; with BTF but no timer; in its own way."""

    timer: int
    untimed: int
    own: int


def try_kind(kind: int, shape: Shape) -> Tries:
    """Create one kind of map three ways."""
    with opened("values") as types:
        types.load_only(())
        types.load()
        inner = raw.create_map(raw.MapType(kind=2)) if shape.inner else 0
        try:
            return Tries(
                timer=attempt_to_create(
                    replace(with_value(types, kind, shape, TIMED), inner_fd=inner)
                ),
                untimed=attempt_to_create(
                    replace(with_value(types, kind, shape, UNTIMED), inner_fd=inner)
                ),
                own=attempt_to_create(_plain(types, kind, shape, inner)),
            )
        finally:
            if inner:
                os.close(inner)


def _kind_attempt(name: str, shape: Shape) -> Callable[[Lab], Outcome]:
    def attempt(lab: Lab) -> Outcome:
        kind = map_kinds().get(name)
        if kind is None:
            raise CannotTryError("this kernel has no such kind of map")
        tries = try_kind(kind, shape)
        errno = errno_name(tries.timer)
        if tries.untimed and tries.own:
            why = f"a map of this kind without a timer is refused, too ({errno_name(tries.own)})"
            raise CannotTryError(why, answer=errno or "accepted", errno=errno)
        if not tries.timer:
            return judged(name in ALLOWED, "accepted")
        counterpart = "the same map without a timer is accepted"
        if tries.untimed:
            counterpart = "such a map takes no value type of the user's; a plain one is accepted"
        return judged(name not in ALLOWED, f"{errno}; {counterpart}", errno=errno)

    return attempt


def _claim(name: str, shape: Shape, slug: str) -> Claim:
    allowed = name in ALLOWED
    verb = "may" if allowed else "cannot"
    extra = "" if slug == name.lower() else " without preallocation"
    return Claim(
        id=f"map.{slug}",
        sentence=f"A map of type {name}{extra} {verb} hold a timer",
        source=f"{ARTICLE}; {MAP_SIDE}",
        method="BPF_MAP_CREATE with a timer in the value, with none, and without BTF",
        expected="accepted" if allowed else "refused; the counterpart is accepted",
        attempt=_kind_attempt(name, shape),
        needs_timer=False,
    )


def map_claims(kinds: dict[str, int]) -> list[Claim]:
    """A claim for each kind known to the project or to the kernel (``kinds``)."""
    names = dict.fromkeys((*SHAPES, *kinds))
    claims = [_claim(name, SHAPES.get(name, Shape()), name.lower()) for name in names]
    no_prealloc = Shape(flags=BPF_F_NO_PREALLOC)
    claims.insert(1, _claim("HASH", no_prealloc, "hash_noprealloc"))
    return claims
