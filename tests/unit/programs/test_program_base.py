from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import UsageError
from bench.programs.map_memory import HTAB_BUCKET_BYTES, HTAB_ELEM_BYTES
from bench.programs.registry import PROGRAMS, find
from bench.spec import AddressFamily, Cell, Hook, LoadShape, MapType, without_load_axes

MakeCell = Callable[..., Cell]


def test_the_registry_finds_every_program_by_its_own_name() -> None:
    assert PROGRAMS
    assert all(find(name).name == name for name in PROGRAMS)


def test_an_unknown_program_is_named_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"unknown program 'tpc'.*resident, tcp"):
        find("tpc")


@pytest.mark.parametrize("asked", [None, Hook.AUTO])
def test_without_a_choice_all_hooks_are_tried_best_first(
    asked: Hook | None, make_cell: MakeCell
) -> None:
    candidates = find("tcp").candidates(make_cell(program="tcp", hook=asked))
    assert candidates == (Hook.FENTRY, Hook.TP_BTF, Hook.SOCKOPS)


@pytest.mark.parametrize("hook", [Hook.FENTRY, Hook.TP_BTF, Hook.SOCKOPS])
def test_a_chosen_hook_is_the_only_candidate(hook: Hook, make_cell: MakeCell) -> None:
    assert find("tcp").candidates(make_cell(program="tcp", hook=hook)) == (hook,)


def test_a_program_without_hooks_has_one_candidate(make_cell: MakeCell) -> None:
    assert find("resident").candidates(make_cell(hook=Hook.FENTRY)) == (None,)


def test_a_map_type_that_a_program_cannot_use_is_refused_with_those_it_can(
    make_cell: MakeCell,
) -> None:
    cell = make_cell(program="tcp", map_type=MapType.ARRAY, load_hz=5)
    with pytest.raises(UsageError, match="program tcp cannot use map type array") as caught:
        find("tcp").check(cell)
    assert caught.value.remedy == "Choose one of: hash, hash_noprealloc, lru_hash"


def test_a_program_that_needs_connections_is_refused_without_them(make_cell: MakeCell) -> None:
    with pytest.raises(UsageError, match="program tcp needs connections, but load is 0"):
        find("tcp").check(make_cell(program="tcp", load_hz=0))


@pytest.mark.parametrize("load_hz", [1, None])
@pytest.mark.parametrize("program", PROGRAMS)
def test_what_a_program_supports_is_accepted(
    program: str, load_hz: int | None, make_cell: MakeCell
) -> None:
    for map_type in find(program).map_types:
        cell = make_cell(program=program, map_type=map_type, load_hz=load_hz)
        find(program).check(find(program).normalise(cell))


def test_resident_needs_no_connections(make_cell: MakeCell) -> None:
    find("resident").check(make_cell(load_hz=0))


def test_an_array_takes_only_its_values(make_cell: MakeCell) -> None:
    cell = make_cell(map_type=MapType.ARRAY, map_size=1000)
    assert find("resident").map_bytes(cell) == 32_000


@pytest.mark.parametrize(("size", "buckets"), [(1, 1), (2, 2), (3, 4), (1024, 1024), (1025, 2048)])
@pytest.mark.parametrize(("program", "key_bytes"), [("resident", 8), ("tcp", 40)])
def test_a_hash_has_a_power_of_two_of_buckets_and_keys_of_whole_words(
    program: str, key_bytes: int, size: int, buckets: int, make_cell: MakeCell
) -> None:
    element = HTAB_ELEM_BYTES + key_bytes + 32
    expected = size * element + buckets * HTAB_BUCKET_BYTES
    assert find(program).map_bytes(make_cell(program=program, map_size=size)) == expected


@given(st.integers(1, 2**31))
def test_a_map_needs_more_memory_the_larger_it_is(size: int) -> None:
    def needed(entries: int) -> int:
        cell = Cell(program="resident", map_size=entries, timeout_ns=1)
        return find("resident").map_bytes(cell)

    assert needed(size) >= size * (HTAB_ELEM_BYTES + 8 + 32 + HTAB_BUCKET_BYTES)
    assert size == 1 or needed(size) > needed(size - 1)


TRAFFIC = {
    "load_shape": LoadShape.POISSON,
    "ip": AddressFamily.IPV4,
    "hold_ns": 5,
    "payload_bytes": 6,
}


def test_cells_without_load_differ_in_nothing_of_the_load(make_cell: MakeCell) -> None:
    assert without_load_axes(make_cell(load_hz=0, **TRAFFIC)) == make_cell(load_hz=0)


@pytest.mark.parametrize("load_hz", [7, None])
def test_cells_with_load_keep_its_axes(load_hz: int | None, make_cell: MakeCell) -> None:
    cell = make_cell(load_hz=load_hz, **TRAFFIC)
    assert without_load_axes(cell) == cell


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("load_hz", [0, 7, None])
def test_normalising_twice_changes_nothing_more(
    program: str, load_hz: int | None, make_cell: MakeCell
) -> None:
    cell = make_cell(program=program, load_hz=load_hz, hook="fentry", phase="burst", **TRAFFIC)
    once = find(program).normalise(cell)
    assert find(program).normalise(once) == once
