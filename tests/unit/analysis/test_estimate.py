from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.analysis.estimate import BEYOND, Estimate, by_cell, estimate, shown, within_blocks
from bench.quantities.callbacks import FIRED, OFFERED, P50
from bench.reason import Code
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
    assert found == Estimate(3_000, ends.low, ends.high, 10, True, ends.level)


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


def spoilt(make_record: MakeRecord, number: int, *codes: Code, **changes: object) -> TrialRecord:
    reasons = [f"because of {code}" for code in codes]
    return make_record(
        number, block=number, status=Status.INVALID, reasons=reasons, codes=list(codes), **changes
    )


def test_what_the_timers_spoilt_ranks_worst(make_record: MakeRecord) -> None:
    good = [make_record(n, p50_ns=value, block=n) for n, value in ((1, 5_000), (2, 6_000))]
    short = [spoilt(make_record, n, Code.LOAD_SHORT, p50_ns=1_000) for n in (3, 4, 5)]
    found = shown([*good, *short])
    assert (found.ok, found.trials, found.flagged) == (2, 5, False)
    assert found.records == tuple(good) and found.worst == tuple(short)
    late, fired = found.estimate(P50), found.estimate(FIRED)
    assert late is not None and (late.median, late.trials) == (6_000, 5)
    # Callbacks/s are the better the more: the worst trial is that which had the fewest.
    assert fired is not None and fired.median == 1e6 - 6_000
    assert found.estimate(OFFERED) == estimate([*good, *short], OFFERED.value)


def test_a_spoilt_trial_without_a_value_ranks_worst_all_the_same(make_record: MakeRecord) -> None:
    good = [make_record(n, p50_ns=n * 1_000, block=n) for n in (1, 2)]
    few = [spoilt(make_record, n, Code.SAMPLES_FEW, lateness=None) for n in (3, 4, 5)]
    late = shown([*good, *few]).estimate(P50)
    assert late is not None and (late.median, late.trials) == (2_000, 5)


@pytest.mark.parametrize("codes", [(Code.STEAL,), (Code.LOAD_SHORT, Code.STEAL), ()])
def test_what_somebody_else_spoilt_is_left_out(
    codes: tuple[Code, ...], make_record: MakeRecord
) -> None:
    good = make_record(1, p50_ns=5_000)
    found = shown([good, spoilt(make_record, 2, *codes, p50_ns=90_000)])
    late = found.estimate(P50)
    assert found.worst == () and late is not None and (late.median, late.trials) == (5_000, 1)


def test_without_any_good_trial_all_are_as_they_were_measured(make_record: MakeRecord) -> None:
    found = shown([spoilt(make_record, n, Code.LOAD_SHORT, p50_ns=n * 1_000) for n in (1, 2, 3)])
    late = found.estimate(P50)
    assert found.flagged and late is not None and late.median == 2_000


def test_a_ratio_to_a_trial_that_ranks_worst_is_beyond_all_others(make_record: MakeRecord) -> None:
    ours = shown([make_record(n, p50_ns=4_000, block=n) for n in (1, 2)])
    theirs = shown(
        [
            make_record(1, p50_ns=2_000, block=1),
            spoilt(make_record, 2, Code.LOAD_SHORT, p50_ns=9_000),
        ]
    )
    assert within_blocks(ours, theirs, P50) == [2.0, 1 / BEYOND]
    assert within_blocks(theirs, ours, P50) == [0.5, BEYOND]


def test_cells_keep_their_order(make_cell: Callable[..., Cell], make_record: MakeRecord) -> None:
    first, second = make_cell(map_size=9), make_cell(map_size=1)
    trials = [make_record(n, cell=cell) for n, cell in enumerate((first, second, first))]
    assert [len(group) for group in by_cell(trials).values()] == [2, 1]
    assert list(by_cell(trials)) == [first, second]
