from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.analysis.estimate import Estimate, by_cell, estimate, shown
from bench.quantities.callbacks import P50
from bench.record import Status, TrialRecord
from bench.spec import Cell
from bench.stats.bootstrap import interval

MakeRecord = Callable[..., TrialRecord]


def of(make_record: MakeRecord, values: list[int], blocks: list[int]) -> Estimate | None:
    pairs = enumerate(zip(values, blocks, strict=True))
    trials = [make_record(n, p50_ns=value, block=block) for n, (value, block) in pairs]
    return estimate(trials, P50.value)


def test_blocks_of_one_trial_have_the_interval_of_the_trials(make_record: MakeRecord) -> None:
    values = [4_000, 9_000, 5_000, 7_000, 6_000, 8_000]
    found, ends = of(make_record, values, [1, 2, 3, 4, 5, 6]), interval(values)
    assert ends is not None
    assert found == Estimate(6_500, ends.low, ends.high, 6, is_interval=True)


def test_blocks_are_the_unit_where_trials_share_them(make_record: MakeRecord) -> None:
    """A slow block of many trials counts once."""
    slow = [90_000] * 6
    values, blocks = [*slow, 1_000, 2_000, 3_000, 4_000], [*[1] * 6, 2, 3, 4, 5]
    found, ends = of(make_record, values, blocks), interval([90_000, 1_000, 2_000, 3_000, 4_000])
    assert ends is not None
    assert found == Estimate(3_000, ends.low, ends.high, 10, is_interval=True)


def test_few_blocks_of_many_trials_have_a_range(make_record: MakeRecord) -> None:
    values, blocks = [1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000], [1, 1, 1, 2, 2, 2, 2]
    found = of(make_record, values, blocks)
    assert found == Estimate(3_750, 1_000, 7_000, 7)
    assert found.is_range


def test_one_trial_has_neither(make_record: MakeRecord) -> None:
    found = of(make_record, [5_000], [1])
    assert found == Estimate(5_000, 5_000, 5_000, 1)
    assert not found.is_range
    assert of(make_record, [], []) is None


@given(values=st.lists(st.integers(1, 10**9), min_size=5, max_size=12))
def test_an_interval_holds_its_median(values: list[int]) -> None:
    cell = Cell(program="resident", map_size=1, timeout_ns=1)
    trials = [
        TrialRecord(trial=n, block=n, status=Status.OK, cell=cell, window_ns=value)
        for n, value in enumerate(values)
    ]
    found = estimate(trials, lambda record: record.window_ns)
    assert found is not None and found.is_interval
    assert min(values) <= found.low <= found.median <= found.high <= max(values)


@pytest.mark.parametrize(
    ("statuses", "counts"),
    [
        (["ok", "invalid", "failed"], (1, 3, False, 1)),
        (["invalid", "failed", "invalid"], (0, 3, True, 2)),
        (["failed"], (0, 1, False, 0)),
        ([], (0, 0, False, 0)),
    ],
)
def test_only_ok_trials_are_shown_unless_there_are_none(
    statuses: list[str], counts: tuple[int, int, bool, int], make_record: MakeRecord
) -> None:
    found = shown([make_record(n, status=Status(status)) for n, status in enumerate(statuses)])
    assert (found.ok, found.trials, found.flagged, len(found.records)) == counts


def test_cells_keep_their_order(make_cell: Callable[..., Cell], make_record: MakeRecord) -> None:
    first, second = make_cell(map_size=9), make_cell(map_size=1)
    trials = [make_record(n, cell=cell) for n, cell in enumerate((first, second, first))]
    assert [len(group) for group in by_cell(trials).values()] == [2, 1]
    assert list(by_cell(trials)) == [first, second]
