from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import BenchError
from bench.host.memory import available_bytes, check_fits, timer_bytes
from bench.host.reserve import SlabObject

SHAPE = SlabObject(timer_bytes=144, xattr_header_bytes=40)
MIB = 1 << 20


def test_available_memory_is_read_in_bytes(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:  9 kB\nMemFree:  8 kB\nMemAvailable:    7 kB\n")
    assert available_bytes(meminfo) == 7 * 1024


def test_a_kernel_that_does_not_tell_is_an_error(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:  9 kB\n")
    with pytest.raises(BenchError, match="has no MemAvailable"):
        available_bytes(meminfo)


def test_without_a_reserve_timers_take_their_slab_objects() -> None:
    assert timer_bytes(1_000, SHAPE, reserved=False) == 192_000


def test_a_reserve_takes_its_margin_its_kept_objects_and_their_names() -> None:
    # 1,000 x 1.25 free objects, of every 8 made 7 are free: 1,428; each with a name of 32.
    assert timer_bytes(1_000, SHAPE, reserved=True) == 1_428 * (192 + 32)


@given(st.integers(1, 10**9))
def test_a_reserve_never_takes_less_than_its_timers(timers: int) -> None:
    plain = timer_bytes(timers, SHAPE, reserved=False)
    assert timer_bytes(timers, SHAPE, reserved=True) >= plain


def test_four_fifths_of_the_memory_may_be_taken() -> None:
    check_fits(800, "it", 1_000)
    with pytest.raises(BenchError):
        check_fits(801, "it", 1_000)


def test_what_does_not_fit_is_named_with_the_need_and_the_memory() -> None:
    with pytest.raises(BenchError) as caught:
        check_fits(2_000 * MIB + 1, "map size 5", 100 * MIB)
    expected = "map size 5 needs 2,001 MiB of kernel memory, 100 MiB are available"
    assert caught.value.problem == expected
    assert "--map-size: at most 80%" in caught.value.remedy
