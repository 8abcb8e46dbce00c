"""Attribution of addresses to functions."""

from __future__ import annotations

from bench.instructions.symbols import PROGRAM, UNKNOWN, read_symbols

KALLSYMS = """\
ffffffff81000000 T _stext
ffffffff81000000 T _text
ffffffff81001000 T bpf_timer_start
ffffffff81001100 t hrtimer_start_range_ns.cold
ffffffff81001200 T hrtimer_start_range_ns
ffffffff81002000 T __softirqentry_text_start
ffffffff81002000 t __do_softirq
ffffffff81003000 W __weak_alias
ffffffff81003000 t alias
ffffffff81004000 D some_data
ffffffff81005000 T __indirect_thunk_start
ffffffff81005000 T __x86_indirect_thunk_rax
ffffffffc0000100 t bpf_prog_0123456789abcdef_operations\t[bpf]
ffffffffc0000800 t some_function\t[some_module]
"""
SYMBOLS = read_symbols(KALLSYMS)


def test_an_address_belongs_to_the_function_that_begins_before_it() -> None:
    assert SYMBOLS.at(0xFFFFFFFF81001000) == ("bpf_timer_start", 0)
    assert SYMBOLS.at(0xFFFFFFFF810010FF) == ("bpf_timer_start", 0xFF)


def test_cold_parts_belong_to_their_function() -> None:
    assert SYMBOLS.at(0xFFFFFFFF81001104) == ("hrtimer_start_range_ns", 4)


def test_of_aliases_a_function_is_taken_and_no_bound_of_a_section() -> None:
    assert SYMBOLS.at(0xFFFFFFFF81002000)[0] == "__do_softirq"
    assert SYMBOLS.at(0xFFFFFFFF81003010)[0] == "__weak_alias"
    assert SYMBOLS.at(0xFFFFFFFF81005000)[0] == "__x86_indirect_thunk_rax"


def test_compiled_programs_are_the_program_and_modules_have_their_names() -> None:
    assert SYMBOLS.at(0xFFFFFFFFC0000150) == (PROGRAM, 0x50)
    assert SYMBOLS.at(0xFFFFFFFFC0000810) == ("some_function", 0x10)


def test_what_lies_in_no_function_is_unknown() -> None:
    assert SYMBOLS.at(0x1000)[0] == UNKNOWN
    assert SYMBOLS.at(0xFFFFFFFFF0000000)[0] == UNKNOWN
