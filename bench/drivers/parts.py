"""The parts of a table that is divided among inner maps (bpf/parts.h)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bench.libbpf import raw
from bench.libbpf.maps import BPF_F_NO_PREALLOC, MAP_TYPES
from bench.libbpf.object import BpfObject
from bench.programs.map_memory import part_entries
from bench.spec import Cell, MapType


@contextmanager
def divided(loaded: BpfObject, cell: Cell) -> Iterator[None]:
    """The block loads the object; afterwards its map ``parts`` has them, if its engine has any.

    The kernel keeps them as long as that map, so that no descriptor is needed.

    Raises:
        OSError: The kernel has no room for them.
    """
    number = cell.engine.facts.scan_parts
    if number <= 1:
        yield
        return
    with ExitStack() as held:
        wanted, parts = _part(loaded, cell), loaded.map("parts")
        fds = []
        for _ in range(number):
            fds.append(raw.create_map(wanted, "part"))
            held.callback(os.close, fds[-1])
        parts.will_hold_fd(fds[0])
        yield
        for place, fd in enumerate(fds):
            parts.hold_fd(place, fd, f"part {place}")


def _part(loaded: BpfObject, cell: Cell) -> raw.MapType:
    table = loaded.map("timers")
    return raw.MapType(
        kind=MAP_TYPES[cell.map_type],
        key_bytes=table.key_bytes,
        value_bytes=table.value_bytes,
        entries=part_entries(cell.stated_map_size, cell.engine.facts.scan_parts),
        flags=BPF_F_NO_PREALLOC if cell.map_type is MapType.HASH_NOPREALLOC else 0,
    )
