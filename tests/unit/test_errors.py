from __future__ import annotations

import errno
import os

import pytest

from bench.errors import (
    BenchError,
    KernelRefusedError,
    TrialFailedError,
    UsageError,
    errno_name,
    errno_text,
    explained,
    quoted,
    with_errno_name,
)


def test_text_is_problem_and_remedy_without_the_detail() -> None:
    error = BenchError("map size is 0", remedy="Give at least 1", detail="line 1\nline 2")
    assert str(error) == "map size is 0. Give at least 1"
    assert (error.problem, error.remedy, error.detail) == (
        "map size is 0",
        "Give at least 1",
        "line 1\nline 2",
    )


def test_without_a_remedy_the_text_is_the_problem() -> None:
    assert str(BenchError("it broke")) == "it broke"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BenchError("x"), 4),
        (UsageError("x"), 2),
        (TrialFailedError("x"), 4),
        (KernelRefusedError("x", errno=1), 4),
    ],
)
def test_only_wrong_usage_exits_2(error: BenchError, code: int) -> None:
    assert error.exit_code == code


def test_a_refusal_keeps_the_errno_and_the_log() -> None:
    error = KernelRefusedError("refused", errno=13, remedy="Do this", detail="verifier log")
    assert (error.errno, error.detail, str(error)) == (13, "verifier log", "refused. Do this")


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (OSError(22, "Invalid argument"), "cannot arm timers: Invalid argument"),
        (OSError(13, "Permission denied", "/a"), "cannot arm timers: /a: Permission denied"),
        (OSError("no number at all"), "cannot arm timers: no number at all"),
    ],
)
def test_an_error_of_the_host_says_what_was_tried_and_what_to_do(
    error: OSError, problem: str
) -> None:
    with pytest.raises(BenchError) as caught, explained("arm timers", remedy="Try again"):
        raise error
    assert (caught.value.problem, caught.value.remedy) == (problem, "Try again")
    assert caught.value.__cause__ is error


def test_a_path_that_was_named_is_not_named_twice() -> None:
    with pytest.raises(BenchError) as caught, explained("read /no/such"):
        open("/no/such", encoding="utf-8")
    assert caught.value.problem == "cannot read /no/such: No such file or directory"


@pytest.mark.parametrize("error", [BenchError("x"), KeyError("x"), KeyboardInterrupt()])
def test_other_errors_stay_what_they_are(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, explained("arm timers"):
        raise error
    assert caught.value is error


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("5x", "'5x'"),
        (" 5\t", "' 5\\t'"),
        (None, "None"),
        ("a\nb", "'a' ..."),
        ("x" * 73, f"'{'x' * 72}' ..."),
        (["x" * 300], f"['{'x' * 70} ..."),
    ],
)
def test_a_value_is_quoted_by_a_line_at_most(value: object, shown: str) -> None:
    assert quoted(value) == shown


def test_error_numbers_of_the_kernel_s_own_have_words() -> None:
    assert errno_text(524) == "not supported by this kernel (ENOTSUPP)"
    assert errno_text(errno.EINVAL) == os.strerror(errno.EINVAL)


def test_a_number_of_the_kernel_s_own_is_named_once() -> None:
    assert errno_name(524) == errno_name(-524) == "ENOTSUPP"
    assert with_errno_name(524, errno_text(524)) == "not supported by this kernel (ENOTSUPP)"
    assert with_errno_name(errno.EPERM, "no") == "no (EPERM)"
