from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bench.analysis.cell_rows import cell_rows
from bench.analysis.estimate import Estimate
from bench.quantities.callbacks import P50
from bench.quantities.catalogue import NUMBERS
from bench.record import Status, TrialRecord
from bench.spec import Cell, Clock
from bench.store.run import Run, read_runs
from bench.words.text import slug

MakeRecord = Callable[..., TrialRecord]
ReadRun = Callable[..., tuple[Run, ...]]


def test_few_trials_have_a_range_and_several_an_interval(
    read_run: ReadRun, make_record: MakeRecord
) -> None:
    (few,) = cell_rows(read_run([make_record(n, p50_ns=1_000 * n) for n in (1, 2, 3)], host="a"))
    (many,) = cell_rows(
        read_run([make_record(n, block=n, p50_ns=1_000 * n) for n in range(1, 10)], host="b")
    )
    assert few.get(P50) == Estimate(2_000, 1_000, 3_000, 3)
    estimate = many.get(P50)
    assert estimate is not None
    assert estimate.is_interval
    assert 1_000 < estimate.low < estimate.median == 5_000 < estimate.high < 9_000


def test_only_ok_trials_count_and_invalid_ones_are_flagged(
    read_run: ReadRun, records: list[TrialRecord]
) -> None:
    rows = {row.text: row for row in cell_rows(read_run(records))}
    mixed, invalid = rows["resident 1k x 100ms, load 5k"], rows["resident 100k x 100ms, load 0"]
    assert (mixed.ok, mixed.trials, mixed.flagged) == (1, 2, False)
    assert mixed.get(P50) == Estimate(6_000, 6_000, 6_000, 1)
    assert (invalid.ok, invalid.trials, invalid.flagged) == (0, 2, True)
    failed = rows["resident 100k x 100ms, load 5k"]
    assert not failed.estimates
    assert failed.shown == ()


def test_names_say_what_differs_only(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    cells = [make_cell(), make_cell(clock=Clock.BOOTTIME)]
    rows = cell_rows(read_run([make_record(n, cell=cell) for n, cell in enumerate(cells)]))
    assert {row.slice_text for row in rows} == {
        "resident, load 0, clock monotonic",
        "resident, load 0, clock boottime",
    }


def test_several_runs_name_their_hosts(
    write_run: Callable[..., Any], make_record: MakeRecord
) -> None:
    paths = [write_run([make_record(1)], host=host) for host in ("a", "b")]
    assert [row.host for row in cell_rows(read_runs(paths))] == ["a", "b"]
    assert [row.host for row in cell_rows(read_runs(paths[:1]))] == [""]


def test_two_runs_of_one_host_are_told_apart_by_their_ids(
    write_run: Callable[..., Any], make_record: MakeRecord
) -> None:
    paths = [write_run([make_record(1)]), write_run([make_record(1)])]
    assert [source.name for source in read_runs(paths)] == ["run-vm", "run-vm-2"]


def test_keys_of_quantities_are_unique() -> None:
    keys = [column.key for column in NUMBERS]
    assert len(set(keys)) == len(keys)
    assert "p99-9-lateness" in keys


@pytest.mark.parametrize(
    ("text", "key"),
    [("a <b>/../c", "a-b-c"), ("10µs", "10us"), ("\N{SNOWMAN}", "x"), ("x" * 300, "x" * 100)],
)
def test_slugs_are_safe_names(text: str, key: str) -> None:
    assert slug(text) == key


def test_failed_records_alone_have_rows(read_run: ReadRun, make_record: MakeRecord) -> None:
    (row,) = cell_rows(read_run([make_record(1, status=Status.FAILED, error="no")]))
    assert (row.ok, row.trials, row.estimates) == (0, 1, {})
