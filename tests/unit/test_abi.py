from __future__ import annotations

import errno
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import abi

codes = st.integers(0, abi.ERRNO_SLOTS - 2)


@dataclass(frozen=True)
class Field:
    name: str
    offset: int
    size: int


PAIR = np.dtype([("first", "<u4"), ("table", "<u8", (3,))])
SAME = (Field("first", 0, 4), Field("table", 4, 24))


def test_an_equal_struct_has_no_mismatch() -> None:
    assert abi.mismatches(PAIR, 28, SAME) == []


@pytest.mark.parametrize(
    ("members", "size", "expected"),
    [
        (
            (SAME[0], replace(SAME[1], name="other")),
            28,
            ["table: Python (offset, size) (4, 24), C None", "other: Python (offset, size) None"],
        ),
        ((SAME[0], replace(SAME[1], offset=8)), 28, ["table: Python (offset, size) (4, 24), C (8"]),
        ((SAME[0], replace(SAME[1], size=16)), 28, ["table: Python (offset, size) (4, 24), C (4"]),
        ((*SAME, Field("more", 28, 4)), 28, ["more: Python (offset, size) None, C (28, 4)"]),
        (SAME[:1], 28, ["table: Python (offset, size) (4, 24), C None"]),
        (SAME, 32, ["size: Python 28, C 32"]),
    ],
)
def test_every_difference_is_named(
    members: tuple[Field, ...], size: int, expected: list[str]
) -> None:
    found = abi.mismatches(PAIR, size, members)
    assert len(found) == len(expected)
    assert all(text.startswith(begin) for text, begin in zip(found, expected, strict=True))


def test_slots_of_two_cpus_share_no_cache_line() -> None:
    assert abi.SLOT.itemsize % abi.SLOT_ALIGNMENT == 0
    ends = [int(f[1]) + f[0].itemsize for f in abi.SLOT.fields.values()]
    assert abi.SLOT.itemsize - abi.SLOT_ALIGNMENT < max(ends) <= abi.SLOT.itemsize


@given(st.dictionaries(codes, st.integers(1, 2**40)))
def test_an_errno_table_is_read_by_name_without_zeros(counts: dict[int, int]) -> None:
    table = np.zeros(abi.ERRNO_SLOTS, np.uint64)
    for code, count in counts.items():
        table[code] = count
    found = abi.by_errno(table)
    named = {getattr(errno, name): n for name, n in found.items() if hasattr(errno, name)}
    unnamed = {int(name.split()[1]): n for name, n in found.items() if name.startswith("error ")}
    assert named | unnamed == counts
    assert len(found) == len(counts)
    assert not set(unnamed) & set(errno.errorcode)


def test_an_errno_beyond_the_table_is_called_other() -> None:
    table = np.zeros(abi.ERRNO_SLOTS, np.uint64)
    table[[errno.ENOMEM, abi.ERRNO_SLOTS - 1]] = [2, 5]
    assert abi.by_errno(table) == {"ENOMEM": 2, "other": 5}


def test_the_table_has_a_slot_for_every_errno_of_linux() -> None:
    assert max(errno.errorcode) < abi.ERRNO_SLOTS - 1
