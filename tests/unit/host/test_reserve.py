from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.host.reserve import (
    FREE_S,
    KEPT_ONE_OF,
    KMALLOC_SIZES,
    SETTLE_S,
    CacheState,
    MemoryReserve,
    SlabObject,
    cache_state,
    kmalloc_sizes,
)

SLABINFO = """\
slabinfo - version: 2.1
# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables
kmalloc-rcl-192        10     42    192   21    1 : tunables    0    0    0
dma-kmalloc-192       100    900    192   21    1 : tunables    0    0    0
kmalloc-cg-192         20     21    192   21    1 : tunables    0    0    0
kmalloc-rnd-07-192      5      5    192   21    1 : tunables    0    0    0
kmalloc-192          1000   1500    192   21    1 : tunables    0    0    0
kmalloc-1k              1    100   1024   21    1 : tunables    0    0    0
kmalloc-96             30     70     96   42    1 : tunables    0    0    0
kmalloc-2             500    600      2   42    1 : tunables    0    0    0
"""


@pytest.mark.parametrize(
    ("timer_bytes", "cache"), [(96, 96), (97, 128), (144, 192), (192, 192), (193, 256)]
)
def test_a_timer_is_in_the_smallest_cache_that_holds_it(timer_bytes: int, cache: int) -> None:
    shape = SlabObject(timer_bytes, 40)
    assert shape.cache_bytes == cache
    assert shape.value_bytes + 40 == cache, "an attribute must fill the same cache"


@pytest.mark.parametrize(("size", "state"), [(192, (20, 21)), (96, (30, 70)), (64, (0, 0))])
def test_the_accounted_cache_is_asked_before_the_plain_one(
    size: int, state: tuple[int, int], tmp_path: Path
) -> None:
    slabinfo = tmp_path / "slabinfo"
    slabinfo.write_text(SLABINFO)
    found = cache_state(size, slabinfo)
    assert (found.active, found.total) == state
    assert found.free == state[1] - state[0]


def test_a_kernel_that_does_not_tell_has_no_free_objects(tmp_path: Path) -> None:
    assert cache_state(192, tmp_path / "slabinfo").free == 0


class Attributes:
    """Attributes of a file that exists nowhere."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.values: dict[bytes, bytes] = {}
        self.most = 0
        self.opened: list[int] = []
        self.closed: list[int] = []
        self.error: OSError | None = None
        monkeypatch.setattr(os, "memfd_create", self._create)
        monkeypatch.setattr(os, "setxattr", self._set)
        monkeypatch.setattr(os, "removexattr", lambda fd, name: self.values.pop(name))
        monkeypatch.setattr(os, "close", self._close)

    def _create(self, name: str, flags: int) -> int:
        assert flags & os.MFD_CLOEXEC
        self.opened.append(1_000_000 + len(self.opened))
        return self.opened[-1]

    def _set(self, fd: int, name: bytes, value: bytes) -> None:
        if self.error:
            raise self.error
        assert fd == self.opened[-1] and name not in self.values
        self.values[name] = value
        self.most = max(self.most, len(self.values))

    def _close(self, fd: int) -> None:
        self.closed.append(fd)
        self.values.clear()


@pytest.fixture
def attributes(monkeypatch: pytest.MonkeyPatch) -> Attributes:
    return Attributes(monkeypatch)


@pytest.fixture
def reserve(attributes: Attributes) -> MemoryReserve:
    return MemoryReserve(SlabObject(144, 40))


def freed(attributes: Attributes) -> int:
    return attributes.most - len(attributes.values)


@pytest.mark.parametrize("timers", [1, 2, 7, 8, 9, 100, 1_001])
def test_at_least_as_many_objects_are_freed_as_timers_were_asked_for(
    timers: int, reserve: MemoryReserve, attributes: Attributes
) -> None:
    reserve.grow(timers)
    assert freed(attributes) >= reserve.objects >= timers


def test_a_margin_is_freed_and_every_eighth_is_kept(
    reserve: MemoryReserve, attributes: Attributes
) -> None:
    reserve.grow(1_000)
    assert reserve.objects == 3_250
    assert 3_250 <= freed(attributes) <= 3_250 + KEPT_ONE_OF
    numbers = sorted(int(name.removeprefix(b"trusted.")) for name in attributes.values)
    assert numbers == list(range(0, attributes.most, KEPT_ONE_OF))
    assert {len(value) for value in attributes.values.values()} == {152}


def test_a_reserve_grows_by_what_is_missing_in_the_same_file(
    reserve: MemoryReserve, attributes: Attributes
) -> None:
    reserve.grow(1_000)
    kept = len(attributes.values)
    reserve.grow(900)
    assert (reserve.objects, len(attributes.values)) == (3_250, kept)
    reserve.grow(2_000)
    assert reserve.objects == 4_500
    assert len(attributes.values) > kept and len(attributes.opened) == 1


def test_releasing_gives_everything_back_and_it_can_grow_again(
    reserve: MemoryReserve, attributes: Attributes
) -> None:
    reserve.grow(10)
    reserve.close()
    assert attributes.closed == attributes.opened and reserve.objects == 0
    reserve.close()
    assert len(attributes.closed) == 1, "nothing is left to be given back"
    reserve.grow(10)
    assert reserve.objects == 2_012 and len(attributes.opened) == 2


def test_a_reserve_that_never_grew_has_nothing(
    reserve: MemoryReserve, attributes: Attributes
) -> None:
    reserve.grow(0)
    reserve.close()
    assert attributes.opened == attributes.closed == []


def test_a_tmpfs_without_attributes_is_said_so(
    reserve: MemoryReserve, attributes: Attributes
) -> None:
    attributes.error = OSError(errno.EOPNOTSUPP, "Operation not supported")
    with pytest.raises(BenchError, match="for 10 timers: Operation not supported") as caught:
        reserve.grow(10)
    assert "CONFIG_TMPFS_XATTR" in caught.value.remedy
    assert reserve.objects == 0


@pytest.mark.parametrize(
    ("caches", "sizes", "cache"),
    [
        (
            "kmalloc-cg-192 8 8 : x\nkmalloc-cg-256 1 1 : x\nkmalloc-2k 1 1 : x\n",
            (192, 256, 2048),
            192,
        ),
        # An arm64 kernel whose data is aligned to 128 bytes.
        (
            "kmalloc-128 8 8 : x\nkmalloc-cg-256 1 1 : x\nkmalloc-rnd-01-64 1 1 : x\n",
            (128, 256),
            256,
        ),
    ],
)
def test_a_timer_lies_in_a_cache_that_exists(
    tmp_path: Path, caches: str, sizes: tuple[int, ...], cache: int
) -> None:
    slabinfo = tmp_path / "slabinfo"
    slabinfo.write_text(f"slabinfo - version: 2.1\n# name <active_objs>\n{caches}")
    assert kmalloc_sizes(slabinfo) == sizes
    assert SlabObject(144, 40, sizes).cache_bytes == cache
    assert kmalloc_sizes(tmp_path / "none") == KMALLOC_SIZES


STEP_S = 0.125
"""Exact in binary, and longer than the time between two comparisons."""


class Returning:
    """A cache whose objects come back in steps, one at each look."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *free: int) -> None:
        self.free, self.looks = list(free), 0
        self._now = 0.0
        monkeypatch.setattr("bench.host.reserve.cache_state", self._state)
        monkeypatch.setattr("bench.host.reserve.time.monotonic", lambda: self._now)
        monkeypatch.setattr("bench.host.reserve.time.sleep", self._sleep)

    def _state(self, object_bytes: int) -> CacheState:
        assert object_bytes == 192
        free = self.free[min(self.looks, len(self.free) - 1)]
        self.looks += 1
        return CacheState(0, free)

    def _sleep(self, seconds: float) -> None:
        self._now += STEP_S


@pytest.mark.parametrize(
    ("free", "looks"),
    [
        pytest.param((1_000_000,), 1, id="all is back"),
        pytest.param((850_000, 900_000, 950_000, 999_000), 4, id="all comes back"),
        pytest.param((850_000, 900_000, 950_000, 950_400), 4, id="it came to rest below"),
        pytest.param((100_000, 100_000, 100_000, 850_000, 850_000), 5, id="nothing came at first"),
    ],
)
def test_a_trial_waits_for_all_that_an_earlier_one_gives_back(
    reserve: MemoryReserve,
    attributes: Attributes,
    monkeypatch: pytest.MonkeyPatch,
    free: tuple[int, ...],
    looks: int,
) -> None:
    whole = Returning(monkeypatch, 1_000_000)
    reserve.grow(798_400)
    assert (reserve.objects, whole.looks) == (1_000_000, 1)
    assert (seen := Returning(monkeypatch, *free)).looks == 0
    reserve.settle(10)
    assert seen.looks == looks


def test_what_never_comes_back_is_not_waited_for_without_end(
    reserve: MemoryReserve, attributes: Attributes, monkeypatch: pytest.MonkeyPatch
) -> None:
    Returning(monkeypatch, 1_000_000)
    reserve.grow(798_400)
    seen = Returning(monkeypatch, 1_000)
    reserve.settle(10)
    assert seen.looks == pytest.approx((SETTLE_S + reserve.objects * FREE_S) / STEP_S, abs=2)
