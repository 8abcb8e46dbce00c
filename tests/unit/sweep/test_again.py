"""What is not answered by a run, and what of it is measured anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.reason import Code
from bench.record import Status, TrialRecord
from bench.spec import Control
from bench.sweep.again import (
    is_answered,
    is_wanting,
    unanswered_lines,
    wanting,
    wanting_lines,
)
from bench.words.cells import cell_text

MakeRecord = Callable[..., TrialRecord]


@pytest.mark.parametrize(
    ("status", "codes", "anew"),
    [
        (Status.OK, [], False),
        (Status.FAILED, [], True),
        (Status.FAILED, [Code.INTERRUPTED], True),
        (Status.FAILED, [Code.WATCHDOG], False),
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


def test_a_cell_of_which_no_trial_counts_is_named(make_record: MakeRecord) -> None:
    bad = make_record(2, status=Status.INVALID, reasons=["x"])
    other = replace(make_record(3), cell=replace(bad.cell, map_size=5))
    assert not is_answered([bad, other], 2)
    assert list(unanswered_lines([bad, other])) == [f"no trial counts of {cell_text(bad.cell)}"]
    assert is_answered([bad, replace(other, cell=bad.cell)], 2)


def test_most_trials_thrown_away_are_no_answer(make_record: MakeRecord) -> None:
    records = [make_record(1), *(make_record(n, status=Status.INVALID) for n in range(2, 36))]
    assert not is_answered(records, 35)
    assert list(unanswered_lines(records)) == ["only 1 of 35 trials count"]
    assert is_answered(records[:2], 2)


def test_a_trial_beside_somebody_s_meddling_is_no_answer(make_record: MakeRecord) -> None:
    drifted = make_record(2, status=Status.INVALID, reasons=["x"], codes=[Code.DRIFT])
    assert not is_answered([make_record(1), drifted], 2)
    assert is_answered([make_record(1), replace(drifted, codes=[Code.STEAL])], 2)


def test_controls_alone_are_no_answer(make_record: MakeRecord) -> None:
    """An idle host is always well, however many cells could not be measured."""
    spoilt = make_record(2, status=Status.INVALID, reasons=["x"])
    idle = replace(make_record(1), cell=replace(spoilt.cell, control=Control.IDLE))
    assert not is_answered([idle], 1)
    assert not is_answered([idle, spoilt], 2)
    assert is_answered([idle, spoilt, make_record(3)], 3)


def test_nothing_planned_is_answered() -> None:
    assert is_answered([], 0) and not is_answered([], 1)
