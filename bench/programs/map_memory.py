"""Kernel memory of a map."""

from __future__ import annotations

from bench.spec import Cell, MapType

HTAB_ELEM_BYTES = 48
HTAB_BUCKET_BYTES = 16
"""``struct htab_elem`` without key, and ``struct bucket``, of kernel/bpf/hashtab.c."""


def map_bytes(cell: Cell, *, key_bytes: int, value_bytes: int) -> int:
    """Of the cell's map, timers not included."""
    if cell.map_type is MapType.ARRAY:
        return cell.map_size * value_bytes
    element = HTAB_ELEM_BYTES + -(-key_bytes // 8) * 8 + value_bytes
    buckets = 1 << (cell.map_size - 1).bit_length()
    return cell.map_size * element + buckets * HTAB_BUCKET_BYTES
