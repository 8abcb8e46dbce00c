from __future__ import annotations

from collections.abc import Callable

from bench.compare.trials import sides
from bench.quantities.callbacks import P50, P99
from bench.record import Distribution, Status, TrialRecord

MakeRecord = Callable[..., TrialRecord]


def run(make_record: MakeRecord, *codes: str | None) -> list[TrialRecord]:
    """A trial in each block: ok for None, else invalid with this code."""
    return [
        make_record(
            n,
            block=n,
            p50_ns=1_000 * n,
            status=Status.INVALID if code else Status.OK,
            codes=[code] if code else [],
        )
        for n, code in enumerate(codes, 1)
    ]


def test_what_the_host_spoilt_is_left_out_of_both_runs(make_record: MakeRecord) -> None:
    base, new = sides(
        P50,
        run(make_record, None, "steal", None, None),
        run(make_record, None, None, "drift", None),
    )
    assert base.values == new.values == (1_000, 4_000)
    assert base.dropped == new.dropped == 2


def test_a_block_that_holds_a_cell_twice_loses_the_same_trial(make_record: MakeRecord) -> None:
    base = [make_record(n, block=1, p50_ns=n) for n in (1, 2)]
    new = [
        make_record(1, block=1, p50_ns=1),
        make_record(2, block=1, status=Status.INVALID, codes=["steal"]),
    ]
    assert [side.values for side in sides(P50, base, new)] == [(1,), (1,)]


def test_effects_are_counted_and_what_is_unknown_beside_them(make_record: MakeRecord) -> None:
    _, new = sides(
        P50,
        run(make_record, None, None, None, None),
        run(make_record, "load_short", "samples_few", "ledger_open", None),
    )
    assert (len(new.values), new.effects, new.unknown, new.dropped) == (1, 2, 1, 0)
    assert new.judged == 3 and new.codes == ("load_short", "samples_few", "ledger_open")


def test_a_trial_without_the_metric_is_unknown_not_absent(make_record: MakeRecord) -> None:
    few = Distribution(
        count=30, min_ns=1, mean_ns=1.0, p50_ns=1, p90_ns=None, p99_ns=None, p999_ns=None, max_ns=1
    )
    _, new = sides(P99, [make_record(1)], [make_record(1, lateness=few)])
    assert new.values == () and new.unknown == 1
