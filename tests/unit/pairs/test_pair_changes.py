from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.pairs.changes import pairs_of
from bench.quantities.callbacks import P50, SERVED
from bench.reason import Code
from bench.record import PairedQuestion, Status, TrialRecord
from bench.spec import Cell

MakeRecord = Callable[..., TrialRecord]


@pytest.fixture
def question(make_cell: Callable[..., Cell]) -> PairedQuestion:
    a, b = make_cell(map_size=1), make_cell(map_size=2)
    return PairedQuestion(a=a, b=b, metric="p50 lateness", margin=0.1, pairs=40)


@pytest.fixture
def pair(question: PairedQuestion, make_record: MakeRecord) -> Callable[..., list[TrialRecord]]:
    """Both trials of a block; the second by default twice as late."""

    def make(block: int = 1, a: int = 10_000, b: int = 20_000, **of_b: object) -> list[TrialRecord]:
        first = replace(make_record(2 * block, cell=question.a, p50_ns=a), block=block)
        second = replace(make_record(2 * block - 1, cell=question.b, p50_ns=b), block=block)
        return [replace(second, **of_b), first]  # type: ignore[arg-type]

    return make


def test_a_change_is_the_logarithm_of_b_over_a(question, pair) -> None:  # type: ignore[no-untyped-def]
    found = pairs_of(question, P50, [*pair(1), *pair(2, a=20_000, b=10_000)])
    assert found.changes == pytest.approx([math.log(2), -math.log(2)])
    assert (found.dropped, found.unknown, found.measured) == (0, 0, 2)


def test_half_a_pair_is_none(question, pair) -> None:  # type: ignore[no-untyped-def]
    assert pairs_of(question, P50, [*pair(1), pair(2)[0]]).measured == 1


def test_more_is_worse_whatever_the_metric(question, pair) -> None:  # type: ignore[no-untyped-def]
    slow = pair(1)
    assert slow[0].callbacks
    slow[0] = replace(slow[0], callbacks=replace(slow[0].callbacks, served=0.5))
    assert slow[1].callbacks and slow[1].callbacks.served
    (change,) = pairs_of(question, SERVED, slow).changes
    assert change == pytest.approx(slow[1].callbacks.served - 0.5)


def test_what_the_timers_spoilt_ranks_worst(question, pair) -> None:  # type: ignore[no-untyped-def]
    spoilt = pair(status=Status.INVALID, codes=[Code.LOAD_SHORT])
    assert pairs_of(question, P50, spoilt).changes == [math.inf]


def test_what_the_host_spoilt_is_left_out(question, pair) -> None:  # type: ignore[no-untyped-def]
    found = pairs_of(question, P50, pair(status=Status.INVALID, codes=[Code.STEAL]))
    assert (list(found.changes), found.dropped, found.measured) == ([], 1, 1)


def test_what_is_not_known_is_no_number(question, pair) -> None:  # type: ignore[no-untyped-def]
    records = [
        *pair(1, status=Status.INVALID, codes=[Code.LEDGER_OPEN]),
        *pair(2, status=Status.FAILED, lateness=None),
        *pair(3, lateness=None),
    ]
    assert pairs_of(question, P50, records).unknown == 3
