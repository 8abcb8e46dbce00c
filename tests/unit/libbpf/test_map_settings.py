from __future__ import annotations

import ctypes as c
import mmap
import os
from collections.abc import Iterator

import numpy as np
import pytest

from bench.libbpf.ffi import lib
from bench.libbpf.maps import BPF_F_NO_PREALLOC, BpfMap
from bench.libbpf.object import BpfObject

PAIR = np.dtype([("a", "<u8"), ("b", "<u8")])


def setting(which: str, item: BpfMap) -> int:
    """What libbpf itself says about a map."""
    return int(getattr(lib(), f"bpf_map__{which}")(c.c_void_p(item._handle)))


@pytest.mark.parametrize(
    ("name", "kind", "flags"),
    [("hash", 1, 0), ("hash_noprealloc", 1, BPF_F_NO_PREALLOC), ("array", 2, 0)],
)
def test_a_map_type_sets_type_and_flags(
    name: str, kind: int, flags: int, sample: BpfObject
) -> None:
    things = sample.map("things")
    things.configure(map_type="hash_noprealloc")
    things.configure(entries=1234, map_type=name)
    found = (setting("type", things), setting("map_flags", things), setting("max_entries", things))
    assert found == (kind, flags, 1234)


def test_settings_not_given_stay(sample: BpfObject) -> None:
    things = sample.map("things")
    things.configure(map_type="hash_noprealloc")
    things.configure(entries=5)
    assert (setting("type", things), setting("map_flags", things)) == (1, BPF_F_NO_PREALLOC)
    things.configure(map_type="array")
    assert setting("max_entries", things) == 5


@pytest.fixture
def memory(sample: BpfObject, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[BpfMap, int]]:
    """A map of three entries whose memory is an ordinary file, and the file."""
    things = sample.map("things")
    things.configure(entries=3)
    fd = os.memfd_create("values")
    os.truncate(fd, mmap.PAGESIZE)
    monkeypatch.setattr(BpfMap, "fd", fd)
    yield things, fd
    os.close(fd)


def test_a_view_shows_and_changes_the_map_s_memory(memory: tuple[BpfMap, int]) -> None:
    things, fd = memory
    os.pwrite(fd, (41).to_bytes(8, "little"), PAIR.itemsize + 8)
    view = things.view(PAIR)
    assert view.shape == (3,)
    assert view["b"].tolist() == [0, 41, 0]
    view["a"][2] = 9
    assert os.pread(fd, 8, 2 * PAIR.itemsize) == (9).to_bytes(8, "little")


def test_a_view_in_use_survives_unmapping(memory: tuple[BpfMap, int]) -> None:
    things, fd = memory
    view = things.view(PAIR)
    things.unmap()
    os.pwrite(fd, (5).to_bytes(8, "little"), 0)
    assert view["a"][0] == 5


def test_unmapping_twice_does_no_harm(memory: tuple[BpfMap, int]) -> None:
    things, _ = memory
    things.view(PAIR)
    things.unmap()
    things.unmap()


def test_values_larger_than_a_page_are_mapped_whole(
    sample: BpfObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    big = np.dtype([("bytes", "u1", (mmap.PAGESIZE + 1,))])
    fd = os.memfd_create("values")
    os.truncate(fd, 3 * mmap.PAGESIZE)
    os.pwrite(fd, b"\x07", 2 * big.itemsize - 1)
    monkeypatch.setattr(BpfMap, "fd", fd)
    things = sample.map("things")
    things.configure(entries=2)
    assert things.view(big)["bytes"][:, -1].tolist() == [0, 7]
    os.close(fd)
