from __future__ import annotations

import pytest

from bench.errors import BenchError, KernelRefusedError, TrialFailedError, UsageError


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
        (BenchError("x"), 1),
        (UsageError("x"), 2),
        (TrialFailedError("x"), 1),
        (KernelRefusedError("x", errno=1), 1),
    ],
)
def test_only_wrong_usage_exits_2(error: BenchError, code: int) -> None:
    assert error.exit_code == code


def test_a_refusal_keeps_the_errno_and_the_log() -> None:
    error = KernelRefusedError("refused", errno=13, remedy="Do this", detail="verifier log")
    assert (error.errno, error.detail, str(error)) == (13, "verifier log", "refused. Do this")
