from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import BenchError
from bench.host.memory import Available, available, check_fits, timer_bytes
from bench.host.reserve import SlabObject

SHAPE = SlabObject(timer_bytes=144, xattr_header_bytes=40)
MIB = 1 << 20
Tree = Callable[[dict[str, str]], Path]


def test_without_limits_it_is_what_the_host_has_left(tree: Tree) -> None:
    root = tree({"proc/meminfo": "MemTotal:  9 kB\nMemFree:  8 kB\nMemAvailable:    7 kB\n"})
    assert available(root) == Available(7 * 1024, "MemAvailable of /proc/meminfo")


def test_a_kernel_that_does_not_tell_is_an_error(tree: Tree) -> None:
    with pytest.raises(BenchError, match=r"cannot read .*proc/meminfo: No such file"):
        available(tree({}))
    with pytest.raises(BenchError, match="has no MemAvailable"):
        available(tree({"proc/meminfo": "MemTotal:  9 kB\n"}))


@pytest.mark.parametrize(
    ("maximum", "expected"),
    [
        ("300", Available(200, "/sys/fs/cgroup/a/memory.max")),
        ("9999999", Available(7 * 1024, "MemAvailable of /proc/meminfo")),
        ("max", Available(7 * 1024, "MemAvailable of /proc/meminfo")),
        ("50", Available(0, "/sys/fs/cgroup/a/memory.max")),
    ],
)
def test_the_tightest_of_all_limits_counts(tree: Tree, maximum: str, expected: Available) -> None:
    root = tree(
        {
            "proc/meminfo": "MemAvailable:    7 kB\n",
            "proc/self/cgroup": "0::/a\n",
            "proc/self/mountinfo": "1 2 0:3 / /sys/fs/cgroup rw - cgroup2 none rw\n",
            "sys/fs/cgroup/a/memory.max": f"{maximum}\n",
            "sys/fs/cgroup/a/memory.current": "100\n",
        }
    )
    assert available(root) == expected


def test_this_host_says() -> None:
    found = available()
    meminfo = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    assert 0 < found.size_bytes <= int(meminfo["MemTotal"].split()[0]) * 1024


def test_without_a_reserve_timers_take_their_slab_objects() -> None:
    assert timer_bytes(1_000, SHAPE, reserved=False) == 192_000


def test_a_reserve_takes_its_margin_its_kept_objects_and_their_names() -> None:
    # 1,000 x 1.25 + 2,000 free objects, of every 8 made 7 are free: 3,714; each with a name of 32.
    assert timer_bytes(1_000, SHAPE, reserved=True) == 3_714 * (192 + 32)


@given(st.integers(1, 10**9))
def test_a_reserve_never_takes_less_than_its_timers(timers: int) -> None:
    plain = timer_bytes(timers, SHAPE, reserved=False)
    assert timer_bytes(timers, SHAPE, reserved=True) >= plain


def test_four_fifths_of_the_memory_may_be_taken() -> None:
    check_fits(800, "it", Available(1_000, "limit"))
    with pytest.raises(BenchError):
        check_fits(801, "it", Available(1_000, "limit"))


def test_what_does_not_fit_is_named_with_the_need_and_the_memory() -> None:
    with pytest.raises(BenchError) as caught:
        check_fits(2_000 * MIB + 1, "map size 5", Available(100 * MIB, "memory.max of /a"))
    expected = (
        "map size 5 needs 2,001 MiB of kernel memory, 100 MiB are available (memory.max of /a)"
    )
    assert caught.value.problem == expected
    assert "--map-size: at most 80%" in caught.value.remedy
