"""What a continued run measures anew: what failed, and what somebody meddled with."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.reason import Code
from bench.record import Status, TrialRecord
from bench.sweep.again import is_wanting, wanting, wanting_lines

MakeRecord = Callable[..., TrialRecord]


@pytest.mark.parametrize(
    ("status", "codes", "anew"),
    [
        (Status.OK, [], False),
        (Status.FAILED, [], True),
        (Status.FAILED, [Code.INTERRUPTED], True),
        (Status.INVALID, [Code.DRIFT], True),
        (Status.INVALID, [Code.STEAL, Code.FOREIGN], True),
        (Status.INVALID, [Code.STEAL], False),
        (Status.INVALID, [Code.LOAD_SHORT], False),
        (Status.INVALID, [], False),
    ],
)
def test_failed_and_meddled_trials_are_measured_anew(
    status: Status, codes: list[Code], anew: bool, make_record: MakeRecord
) -> None:
    assert is_wanting(make_record(1, status=status, codes=codes)) is anew


def test_they_are_named_with_their_causes(make_record: MakeRecord) -> None:
    silent = {"status": Status.FAILED, "error": "load host load1 does not answer\nlog"}
    moved = {"status": Status.INVALID, "codes": [Code.DRIFT], "reasons": ["host drifted: hz"]}
    records = [
        make_record(1),
        make_record(2, **silent),
        make_record(3, **moved),
        make_record(4, **silent),
        make_record(5, **silent | {"reasons": ["host drifted: hz"], "codes": [Code.DRIFT]}),
    ]
    assert [record.trial for record in wanting(records)] == [2, 3, 4, 5]
    assert list(wanting_lines(records)) == [
        "trials 2, 4 of 5 failed: load host load1 does not answer",
        "trial 3 of 5 does not count: host drifted: hz",
        "trial 5 of 5 failed: host drifted: hz; load host load1 does not answer",
    ]


def test_nothing_is_said_of_a_run_that_is_whole(make_record: MakeRecord) -> None:
    assert list(wanting_lines([make_record(1)])) == []
