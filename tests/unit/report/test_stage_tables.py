from __future__ import annotations

from collections.abc import Callable

from bench.histogram import Histogram
from bench.record import Callbacks, Outlier, RunHeader, TrialRecord
from bench.report.markdown import render
from bench.report.stage_tables import MOST_LATE, latest_table, stages_table

MakeRecord = Callable[..., TrialRecord]


def staged(make_record: MakeRecord, trial: int, irq_ns: int) -> TrialRecord:
    stages = {
        name: Histogram.of([ns] * 100).summary()
        for name, ns in (("irq", irq_ns), ("entry", 2_000), ("queue", 3_000))
    }
    latest = [
        Outlier(
            t_ns=5_000_000 + n,
            lateness_ns=10**6 + n,
            cpu=0,
            irq_ns=10**6,
            entry_ns=0,
            queue_ns=n,
            venue="task",
            pid=7,
            comm="x|y",
            before="net_rx",
            before_ns=9_000,
            steal=0.25,
        )
        for n in range(15)
    ]
    callbacks = Callbacks(fired=200, offered_hz=None, fired_hz=200.0, served=None)
    return make_record(
        trial, block=trial, stages=stages, outliers=latest, callbacks=callbacks, unstaged=2
    )


def test_stages_are_medians_over_trials_of_a_cell(make_record: MakeRecord) -> None:
    records = [staged(make_record, n, irq_ns=1_000 * n) for n in range(1, 4)]
    found = stages_table([*records, make_record(9)])
    assert found is not None
    (row,) = found.splitlines()[2:]
    assert row.startswith("| resident 1k x 100ms, load 0 | 2µs |")
    assert row.endswith("| 1% |")


def test_the_latest_of_each_softirq_run_are_told_latest_first(make_record: MakeRecord) -> None:
    found = latest_table([staged(make_record, n, irq_ns=1) for n in (1, 2)])
    assert found is not None
    rows = found.splitlines()[2:]
    assert len(rows) == 2, "fifteen callbacks of one run are one row"
    assert "| net_rx 9µs | task | 15 | 1ms | 1ms | 0ns | 14ns | 25% |" in rows[0]
    assert "x\\|y 7" in rows[0], "a task may call itself anything"


def test_no_more_runs_are_told_than_a_page_holds(make_record: MakeRecord) -> None:
    found = latest_table([staged(make_record, n, irq_ns=1) for n in range(1, 99)])
    assert found is not None and len(found.splitlines()) == 2 + MOST_LATE


def test_a_report_has_both_only_where_they_were_recorded(
    make_record: MakeRecord, header: RunHeader
) -> None:
    text = render(header, [staged(make_record, 1, irq_ns=1)])
    assert "## Where the time goes" in text and "## The latest callbacks" in text
    assert "## Where the time goes" not in render(header, [make_record(1)])
