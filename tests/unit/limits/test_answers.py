"""Answers of the kernel as text that is the same every time."""

from __future__ import annotations

from bench.errors import errno_name
from bench.limits.answers import deciding_line, result_text

OLD_LOG = """libbpf: prog 'kprobe_timer': BPF program load failed: Invalid argument
libbpf: prog 'kprobe_timer': -- BEGIN PROG LOAD LOG --
0: R1=ctx(off=0,imm=0) R10=fp0
; int kprobe_timer(void *ctx)
0: (b7) r1 = 0
func#0 @0
tracing progs cannot use bpf_timer yet
processed 13 insns (limit 1000000) max_states_per_insn 0 total_states 1 peak_states 1 mark_read 1
-- END PROG LOAD LOG --
libbpf: prog 'kprobe_timer': failed to load: -22
libbpf: failed to load object 'program_types.bpf.o'
"""
RETRIED = """libbpf: Error in bpf_create_map_xattr(timers):ERROR: strerror_r(-524)=22(-524). \
Retrying without BTF.
"""


def test_the_last_line_of_the_verifier_that_is_no_state_decides() -> None:
    assert deciding_line(OLD_LOG) == "tracing progs cannot use bpf_timer yet"


def test_numbers_of_instructions_and_addresses_do_not_show() -> None:
    log = "1: (85) call bpf_x#1\nat insn 17: off 8 of 0xffff888003a1b000\nprocessed 3 insns\n"
    assert deciding_line(log) == "at insn N: off 8 of ADDRESS"


def test_libbpf_tells_when_the_verifier_was_not_asked() -> None:
    assert deciding_line(RETRIED).startswith("Error in bpf_create_map_xattr(timers)")
    log = "libbpf: extern (func ksym) 'bpf_x': not found in kernel or module BTFs\n"
    assert deciding_line(log).endswith("not found in kernel or module BTFs")
    empty = "libbpf: prog 'x': BPF program load failed: Operation not permitted\n"
    assert deciding_line(empty) == ""
    assert deciding_line("") == ""


def test_names_of_errors() -> None:
    assert [errno_name(code) for code in (0, 22, -22, 95, -524, 35, 4095)] == [
        "",
        "EINVAL",
        "EINVAL",
        "EOPNOTSUPP",
        "ENOTSUPP",
        "EDEADLK",
        "error 4095",
    ]
    assert [result_text(code) for code in (0, 1, -35)] == ["0", "1", "EDEADLK"]


EXPLAINED = """0: R1=ctx() R10=fp0
;  @ licence.bpf.c:9
cannot call GPL-restricted function from non-GPL compatible program

Verification failed: Policy: Operation is not allowed

Reason:
  The helper bpf_timer_init#169 is not allowed: this helper is restricted to GPL-compatible
  programs.

At:
  timer @ arm.h:44:2
       | ^-- error: policy check failed for helper bpf_timer_init#169

Suggestion:
  Use a GPL-compatible license, or replace the helper with one that is available to non-GPL
  programs.

processed 12 insns (limit 1000000) max_states_per_insn 0 total_states 0
-- END PROG LOAD LOG --
libbpf: prog 'timer': failed to load: -22
"""  # As Debian's 7.3.4 prints it.


def test_a_message_is_quoted_whole_and_its_explanation_is_not() -> None:
    whole = "cannot call GPL-restricted function from non-GPL compatible program"
    assert deciding_line(EXPLAINED) == whole
    two = "0: R1=ctx()\nglobal function calls are not allowed while holding a lock,\nuse static\n"
    assert deciding_line(two) == (
        "global function calls are not allowed while holding a lock, use static"
    )
