from __future__ import annotations

import errno

import pytest

from bench.libbpf.refusal import (
    DOCTOR,
    FORBIDDEN,
    FORBIDDEN_TO_ROOT,
    OTHER_CLANG,
    reason,
    refused,
)

GAVE_UP = """libbpf: prog 'arm': BPF program load failed: Argument list too long
processed 7 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
BPF program is too large. Processed 1000001 insn
processed 1000001 insns (limit 1000000) max_states_per_insn 20 total_states 73730
"""


def test_a_program_that_is_too_much_for_the_verifier_is_explained_with_its_count() -> None:
    error = refused("load", "resident", errno.E2BIG, GAVE_UP)
    assert error.problem == (
        "the kernel refused to load resident: the verifier gave up after 1,000,001 instructions (7)"
    )
    assert (error.errno, error.detail) == (errno.E2BIG, GAVE_UP)
    assert error.remedy == OTHER_CLANG


@pytest.mark.parametrize("log", ["", GAVE_UP])
def test_no_refusal_speaks_of_an_argument_list(log: str) -> None:
    assert "Argument list" not in str(refused("load", "resident", errno.E2BIG, log))


def test_what_is_larger_than_the_kernel_takes() -> None:
    assert reason(errno.E2BIG, "") == "a program or a map is larger than the kernel takes"


@pytest.mark.parametrize(
    ("uid", "code", "remedy"),
    [
        (0, errno.EPERM, FORBIDDEN_TO_ROOT),
        (1000, errno.EPERM, FORBIDDEN),
        (0, errno.EINVAL, DOCTOR),
    ],
)
def test_other_refusals_have_the_kernel_s_words(
    monkeypatch: pytest.MonkeyPatch, uid: int, code: int, remedy: str
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: uid)
    error = refused("attach first of", "one", code, GAVE_UP)
    assert "Argument list" not in error.problem and f"({code})" in error.problem
    assert error.remedy == remedy
