"""CPUs of hosts that this one is not, by the files that they would have."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.errors import BenchError
from bench.host.cpus import Cpus, find_cpus, format_cpu_list, parse_cpu_list

CpuTree = Callable[..., Path]


@given(st.sets(st.integers(0, 8191), max_size=200))
def test_a_list_is_read_as_it_was_printed(cpus: set[int]) -> None:
    assert parse_cpu_list(format_cpu_list(cpus)) == tuple(sorted(cpus))


@given(st.sets(st.integers(0, 400)))
def test_a_printed_list_names_each_run_once(cpus: set[int]) -> None:
    parts = [part for part in format_cpu_list(cpus).split(",") if part]
    begins = [cpu for cpu in cpus if cpu - 1 not in cpus]
    assert len(parts) == len(begins)


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 20)), min_size=1))
def test_runs_may_overlap_and_come_in_any_order(runs: list[tuple[int, int]]) -> None:
    text = ",".join(f"{low}-{low + more}" for low, more in runs)
    expected = {cpu for low, more in runs for cpu in range(low, low + more + 1)}
    assert parse_cpu_list(text) == tuple(sorted(expected))


@pytest.mark.parametrize(
    ("text", "cpus"),
    [("", ()), ("\n", ()), ("0\n", (0,)), ("0-1\n", (0, 1)), ("0-1,4,6-7", (0, 1, 4, 6, 7))],
)
def test_lists_of_the_kernel(text: str, cpus: tuple[int, ...]) -> None:
    assert parse_cpu_list(text) == cpus


@pytest.mark.parametrize("text", ["x", "0-", "-1", "0--2", "1,,2", "0-3:1/2", "(null)", "²"])
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no list of CPUs"):
        parse_cpu_list(text)


def test_a_virtual_machine_of_four_that_may_grow_to_128(cpu_tree: CpuTree) -> None:
    found = find_cpus(cpu_tree(possible="0-127", online="0-3", allowed="0-127"))
    assert found.slots == 128
    assert found.usable == found.timers == (0, 1, 2, 3)


def test_holes_in_the_numbers_leave_holes_in_the_slots(cpu_tree: CpuTree) -> None:
    found = find_cpus(cpu_tree(possible="0-1,4,8-9", online="0-1,8-9", allowed="1,8-9"))
    assert found.slots == 10
    assert found.usable == (1, 8, 9)
    assert found.timers == (0, 1, 8, 9)


def test_a_cpuset_of_one_cpu(cpu_tree: CpuTree) -> None:
    found = find_cpus(cpu_tree(possible="0-3", online="0-3", allowed="2"))
    assert found.usable == (2,)
    assert found.timers == (0, 1, 2, 3), "the kernel moves timers where we may not go"
    assert found.without(2) is None
    assert found.without(1) == "this process may use CPUs 2 only"


def test_a_cpu_that_is_offline_cannot_be_used_although_allowed(cpu_tree: CpuTree) -> None:
    found = find_cpus(cpu_tree(possible="0-1", online="0", allowed="0-1"))
    assert found.usable == found.timers == (0,)
    assert found.without(1) == "it is offline, CPUs 0 are online"


def test_cpus_without_a_tick_run_the_timers_that_were_armed_there_only(cpu_tree: CpuTree) -> None:
    shape = {"possible": "0-3", "online": "0-3", "isolated": "2-3", "nohz_full": "2-3"}
    elsewhere = find_cpus(cpu_tree(**shape, allowed="0-1"))
    assert (elsewhere.isolated, elsewhere.nohz_full) == ((2, 3), (2, 3))
    assert elsewhere.timers == (0, 1)
    assert find_cpus(cpu_tree(**shape, allowed="3")).timers == (0, 1, 3)


@pytest.mark.parametrize("nohz_full", [None, "", "(null)"])
def test_kernels_without_nohz_full(cpu_tree: CpuTree, nohz_full: str | None) -> None:
    root = cpu_tree(possible="0", online="0", allowed="0", nohz_full=nohz_full)
    assert find_cpus(root).nohz_full == ()


def test_no_cpu_at_all_is_an_error_with_both_lists(cpu_tree: CpuTree) -> None:
    with pytest.raises(BenchError, match=r"CPUs 2-3, of which none is online \(0-1\).*taskset"):
        find_cpus(cpu_tree(possible="0-3", online="0-1", allowed="2-3"))


@pytest.mark.parametrize(
    ("missing", "remedy"),
    [("sys/devices/system/cpu/possible", "/sys"), ("proc/thread-self/status", "/proc")],
)
def test_a_host_that_does_not_tell_is_an_error(
    cpu_tree: CpuTree, missing: str, remedy: str
) -> None:
    root = cpu_tree(possible="0", online="0", allowed="0")
    (root / missing).unlink()
    with pytest.raises(BenchError, match=f"cannot read .*{missing}: No such file") as caught:
        find_cpus(root)
    assert caught.value.remedy.endswith(remedy)


@settings(deadline=None)
@given(possible=st.sets(st.integers(0, 64), min_size=1), data=st.data())
def test_what_is_usable_has_a_slot_and_runs_timers(possible: set[int], data: st.DataObject) -> None:
    some = st.sets(st.sampled_from(sorted(possible)))
    made = Cpus(
        possible=tuple(sorted(possible)),
        online=tuple(sorted(data.draw(some))),
        allowed=tuple(sorted(data.draw(some))),
        nohz_full=tuple(sorted(data.draw(some))),
    )
    assert set(made.usable) <= set(made.timers) <= set(made.online)
    assert all(cpu < made.slots for cpu in made.possible)
    assert [cpu for cpu in range(made.slots) if made.without(cpu) is None] == list(made.usable)


def test_this_host_agrees_with_the_system_call() -> None:
    assert set(find_cpus().usable) == os.sched_getaffinity(0)
