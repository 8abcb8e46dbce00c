"""From the plugin's file to paths, and what is exact."""

from __future__ import annotations

import pytest

from bench.errors import BenchError
from bench.instructions.exact import row_of
from bench.instructions.marks import Operation
from bench.instructions.paths import seen_in, unknown_share
from bench.instructions.symbols import read_symbols
from bench.instructions.trace import read_trace
from tests.unit.instructions.recorded import RARE, START, USUAL, seen, table, trace


def test_a_path_has_its_functions_and_stacks_without_the_programs_own_instructions() -> None:
    (path,) = seen([(200, USUAL)]).paths.values()
    assert path.instructions == 44
    assert path.functions == {
        "timerqueue_add": 20,
        "bpf_timer_start": 14,
        "hrtimer_start_range_ns": 10,
    }
    assert dict(path.stacks) == {
        "bpf_timer_start": 14,
        "bpf_timer_start;hrtimer_start_range_ns": 10,
        "bpf_timer_start;hrtimer_start_range_ns;timerqueue_add": 20,
    }


def test_a_thunk_is_counted_and_is_nobodys_caller() -> None:
    runs = "81001000+10 81005000+2 81002000+5 81001020+4"
    (path,) = seen([(1, runs)]).paths.values()
    assert dict(path.stacks) == {
        "bpf_timer_start": 14,
        "bpf_timer_start;__x86_indirect_thunk_rax": 2,
        "bpf_timer_start;hrtimer_start_range_ns": 5,
    }


def test_a_return_to_who_was_not_seen_to_begin_leaves_all_others() -> None:
    (path,) = seen([(1, "81003010+10 81002010+5 81001020+4")]).paths.values()
    assert dict(path.stacks) == {
        "timerqueue_add": 10,
        "hrtimer_start_range_ns": 5,
        "bpf_timer_start": 4,
    }


def test_paths_are_the_same_wherever_the_programs_were_loaded() -> None:
    here, there = seen([(200, USUAL)]), seen([(180, USUAL)], load=0xC0400000)
    assert list(here.paths) == list(there.paths)


def test_one_other_instruction_is_another_path() -> None:
    other = USUAL.replace("81003000+20", "81003000+18 81003060+2")
    found = seen([(200, USUAL), (1, other)])
    assert len(found.paths) == 2
    assert {path.instructions for path in found.paths.values()} == {44}


def test_exact_is_what_every_boot_saw() -> None:
    boots = [seen([(190, USUAL), (10, RARE)]), seen([(150, USUAL), (50, RARE)], interrupted=3)]
    row = row_of(START, Operation.START_IDLE, boots)
    assert row.exact and row.usual is not None
    assert row.usual.instructions == 44
    assert [(path.instructions, path.share) for path in row.paths] == [(44, 0.75), (114, 0.05)]
    assert row.undisturbed == [200, 200] and row.left_out == [0, 3]


def test_a_boot_that_went_another_way_makes_it_inexact() -> None:
    other = USUAL.replace("81003000+20", "81003000+19")
    boots = [seen([(200, USUAL)]), seen([(180, USUAL), (20, other)]), seen([(200, USUAL)])]
    row = row_of(START, Operation.START_IDLE, boots)
    assert not row.exact and row.usual is None
    assert row.paths[0].share == 0.9


def test_nothing_that_was_never_seen_is_exact() -> None:
    row = row_of(START, Operation.START_IDLE, [seen([(200, USUAL)]), seen([])])
    assert not row.exact and row.paths == []


def test_of_two_paths_about_as_frequent_the_shorter_is_the_usual() -> None:
    one = table(seen([(100, RARE), (99, USUAL)])).rows[0].usual
    other = table(seen([(99, RARE), (100, USUAL)])).rows[0].usual
    assert one and other and one.key == other.key and one.instructions == 44


def test_what_was_refused_has_no_figure() -> None:
    row = row_of(START, Operation.START_IDLE, [seen([(200, USUAL)])], errno=22)
    assert row.refused == "Invalid argument" and not row.exact and row.paths == []


def test_instructions_in_no_function_are_counted() -> None:
    read = read_trace("path 1 3 100 0 1000+1 ffffffff81001000+99\nend\n")
    where = (1, Operation.START_IDLE)
    found = seen_in(read.windows[where], 0, read_symbols("ffffffff81001000 T bpf_timer_start"))
    assert unknown_share([found]) == 0.01


@pytest.mark.parametrize("text", ["", trace([(1, USUAL)]).removesuffix("end\n"), "path 1 3\nend\n"])
def test_a_file_that_is_cut_is_refused(text: str) -> None:
    with pytest.raises(BenchError):
        read_trace(text)
