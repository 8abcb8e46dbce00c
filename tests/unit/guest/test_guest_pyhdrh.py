"""What stands in for hdrhistogram's part in C, against that part."""

from __future__ import annotations

import ctypes
import random

import pyhdrh as in_c
import pytest

from bench.guest import pyhdrh
from tests.chance import drawing

COUNTS = (0, 0, 0, 1, 63, 64, 127, 128, 1 << 20, (1 << 54) + 5)


def counters(draw: random.Random, length: int) -> ctypes.Array[ctypes.c_uint64]:
    return (ctypes.c_uint64 * length)(*(draw.choice(COUNTS) for _ in range(length)))


@pytest.mark.parametrize("length", [1, 7, 500])
def test_both_encode_and_decode_alike(length: int) -> None:
    draw = drawing("pyhdrh")
    given = counters(draw, length)
    texts = []
    for module in (in_c, pyhdrh):
        room = (ctypes.c_byte * (9 * length + 9))()
        where, size = ctypes.addressof(room), len(room)
        used = module.encode(ctypes.addressof(given), length, 8, where, size)
        texts.append(ctypes.string_at(room, used))
    assert texts[0] == texts[1]
    for module in (in_c, pyhdrh):
        back = (ctypes.c_uint64 * length)()
        found = module.decode(b"head" + texts[0], 4, ctypes.addressof(back), length, 8)
        assert list(back) == list(given)
        if any(given):
            filled = [place for place, count in enumerate(given) if count]
            assert found["min_nonzero_index"] == filled[0]
            assert found["max_nonzero_index"] == filled[-1]


def test_counters_are_added() -> None:
    ours, theirs = (ctypes.c_uint64 * 3)(1, 2, 3), (ctypes.c_uint64 * 3)(10, 0, 5)
    pyhdrh.add_array(ctypes.addressof(ours), ctypes.addressof(theirs), 3, 8)
    assert list(ours) == [11, 2, 8]


def test_what_has_no_room_is_refused() -> None:
    given, room = (ctypes.c_uint64 * 2)(1 << 40, 1), (ctypes.c_byte * 2)()
    with pytest.raises(ValueError, match="no room"):
        pyhdrh.encode(ctypes.addressof(given), 2, 8, ctypes.addressof(room), 2)
    with pytest.raises(IndexError, match="no room"):
        pyhdrh.decode(b"\x02\x02", 0, ctypes.addressof(given), 1, 8)
