"""Kernel memory of a map."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, sqrt

from bench.spec import Cell, MapType

HTAB_ELEM_BYTES = 48
HTAB_BUCKET_BYTES = 16
"""``struct htab_elem`` without key, and ``struct bucket``, of kernel/bpf/hashtab.c."""


SPARE_DEVIATIONS = 6
"""Room of a part beyond its share, in standard deviations of what hashing puts into it."""


def part_entries(map_size: int, parts: int) -> int:
    """Entries that one of some parts of a table has room for.

    Keys are hashed to parts, so that a part of a full table has more or fewer than its share,
    with the square root of that as standard deviation.
    """
    share = ceil(map_size / parts)
    return share + SPARE_DEVIATIONS * ceil(sqrt(share))


def table_bytes(cell: Cell, *, key_bytes: int, value_bytes: int) -> int:
    """Of the cell's map, or of the parts that its engine divides it into; without timers."""
    parts = cell.engine.facts.scan_parts
    if parts <= 1:
        return map_bytes(cell, key_bytes=key_bytes, value_bytes=value_bytes)
    part = replace(cell, map_size=part_entries(cell.stated_map_size, parts))
    return parts * map_bytes(part, key_bytes=key_bytes, value_bytes=value_bytes)


def map_bytes(cell: Cell, *, key_bytes: int, value_bytes: int) -> int:
    """Of one map, timers not included."""
    if cell.map_type is MapType.ARRAY:
        return cell.stated_map_size * value_bytes
    element = HTAB_ELEM_BYTES + -(-key_bytes // 8) * 8 + value_bytes
    buckets = 1 << (cell.stated_map_size - 1).bit_length()
    return cell.stated_map_size * element + buckets * HTAB_BUCKET_BYTES
