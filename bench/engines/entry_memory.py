"""What an entry of a table takes in the kernel, by the kernel's own account of the map."""

from __future__ import annotations

from bench.drivers.session import BpfSession
from bench.host.reserve import SlabObject, kmalloc_sizes
from bench.libbpf import btf, raw
from bench.libbpf.known import open_map
from bench.spec import Cell, Engine, MapType, engines_of


def entry_memory(session: BpfSession, cell: Cell) -> dict[str, int]:
    """Bytes of an entry, for programs whose table others than timers can collect.

    ``entry_bytes`` is the memory of the table over its entries: key, value, the element around
    them and the share of an entry in the buckets. Missing for maps that allocate elements when
    they are inserted: an empty one takes next to nothing. ``timer_bytes`` is what the kernel
    allocates for the timer of an entry, and its work, beside that; missing without timers.
    """
    if Engine.LRU not in engines_of(cell.program):
        return {}
    found = {}
    table = table_bytes(session, cell)
    if table is not None and cell.map_type is not MapType.HASH_NOPREALLOC:
        found["entry_bytes"] = round(table / cell.stated_map_size)
    objects = cell.engine.facts.objects_per_entry
    timer = btf.vmlinux().struct("bpf_hrtimer")
    if objects and timer is not None:
        found["timer_bytes"] = objects * SlabObject(timer.size, 0, kmalloc_sizes()).cache_bytes
    return found


def table_bytes(session: BpfSession, cell: Cell) -> int | None:
    """Memory of a loaded table, or of its parts, which are alike; None where it is not known."""
    parts = cell.engine.facts.scan_parts
    if parts <= 1:
        return raw.memory_bytes(session.map("timers").fd)
    each = _bytes_of_part(session)
    return None if each is None else parts * each


def _bytes_of_part(session: BpfSession) -> int | None:
    number = raw.lookup(session.map("parts").fd, bytes(4), 4)
    assert number is not None
    with open_map(int.from_bytes(number, "little")) as fd:
        return raw.memory_bytes(fd)
