from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bench.quantities.callbacks import P50, P99
from bench.quantities.primary import measures_none, primary_of
from bench.record import Status, TrialRecord

MakeRecord = Callable[..., TrialRecord]


def without_p99(record: TrialRecord) -> TrialRecord:
    assert record.lateness is not None
    return replace(record, lateness=replace(record.lateness, p99_ns=None))


def test_it_is_p99_where_every_trial_carries_it_else_p50(make_record: MakeRecord) -> None:
    records = [make_record(n) for n in range(1, 4)]
    assert primary_of(records) is P99
    assert primary_of([*records, without_p99(records[0])]) is P50


def test_trials_that_do_not_count_have_no_say(make_record: MakeRecord) -> None:
    spoilt = replace(without_p99(make_record(1)), status=Status.INVALID)
    assert primary_of([spoilt, make_record(2)]) is P99
    assert primary_of([spoilt]) is None and not measures_none([spoilt])


def test_a_metric_of_another_meaning_is_not_replaced(make_record: MakeRecord) -> None:
    """To fall back on the median would be to choose another question."""
    assert primary_of([make_record(1)], {P99.key}) is None


def test_a_cell_without_lateness_is_decided_by_nothing(make_record: MakeRecord) -> None:
    bare = [replace(make_record(n), lateness=None) for n in (1, 2)]
    assert primary_of(bare) is None and measures_none(bare)
