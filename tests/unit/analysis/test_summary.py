from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bench.analysis.estimate import Estimate
from bench.analysis.summary import Table, TableRow, summarise
from bench.quantities.catalogue import TABLE
from bench.record import Distribution, Status, TrialRecord
from bench.spec import Cell, Hook, MapType

MakeRecord = Callable[..., TrialRecord]


def figure(row: TableRow, title: str) -> Estimate | None:
    titles = [column.title for column in TABLE]
    return row.figures[titles.index(title)]


def row(table: Table, *axes: str) -> TableRow:
    return next(row for row in table.rows if row.axes == axes)


def test_one_table_per_program(records: list[TrialRecord]) -> None:
    assert [table.program for table in summarise(records)] == ["resident", "tcp"]


def test_no_records_no_tables() -> None:
    assert summarise([]) == ()


def test_axes_are_what_varies(records: list[TrialRecord]) -> None:
    resident, tcp = summarise(records)
    assert resident.axes == tcp.axes == ("map size", "timeout", "load")
    assert [row.axes for row in resident.rows] == [
        ("1k", "100ms", "0"),
        ("1k", "100ms", "5k"),
        ("100k", "100ms", "0"),
        ("100k", "100ms", "5k"),
    ]
    assert [row.axes[2] for row in tcp.rows] == ["5k", "max"]


def test_what_does_not_vary_is_stated_once(records: list[TrialRecord]) -> None:
    resident, tcp = summarise(records)
    assert ("map type", "hash") in resident.fixed
    assert ("load shape", "constant") in resident.fixed
    assert ("hook", "auto") in tcp.fixed
    assert "hook" not in dict(resident.fixed)


def test_any_field_that_varies_is_an_axis(
    make_cell: Callable[..., Cell], make_record: MakeRecord
) -> None:
    cells = [
        make_cell(hook=hook, map_type=map_type)
        for hook in (Hook.TP_BTF, Hook.SOCKOPS)
        for map_type in (MapType.HASH, MapType.ARRAY)
    ]
    (table,) = summarise([make_record(n, cell=cell) for n, cell in enumerate(cells)])
    assert table.axes == ("map size", "timeout", "hook", "map type")
    assert len({row.axes for row in table.rows}) == 4


def test_medians_of_few_trials_have_their_range(records: list[TrialRecord]) -> None:
    resident, _ = summarise(records)
    small = row(resident, "1k", "100ms", "0")
    assert figure(small, "p50 lateness") == Estimate(4_500.0, 4_000, 5_000, 2)
    assert figure(small, "in ksoftirqd") == Estimate(0.92, 0.92, 0.92, 2)
    assert figure(small, "conn/s") is None
    assert (small.ok, small.trials, small.flagged) == (2, 2, False)


def test_invalid_trials_do_not_enter_a_median(records: list[TrialRecord]) -> None:
    resident, _ = summarise(records)
    mixed = row(resident, "1k", "100ms", "5k")
    assert figure(mixed, "p50 lateness") == Estimate(6_000.0, 6_000, 6_000, 1)
    assert (mixed.ok, mixed.trials, mixed.flagged) == (1, 2, False)


def test_a_cell_of_invalid_trials_is_shown_flagged(records: list[TrialRecord]) -> None:
    resident, _ = summarise(records)
    invalid = row(resident, "100k", "100ms", "0")
    assert figure(invalid, "p50 lateness") == Estimate(9_200.0, 9_000, 9_400, 2)
    assert (invalid.ok, invalid.trials, invalid.flagged) == (0, 2, True)


def test_a_cell_of_failed_trials_has_no_figures(records: list[TrialRecord]) -> None:
    resident, _ = summarise(records)
    failed = row(resident, "100k", "100ms", "5k")
    assert set(failed.figures) == {None}
    assert (failed.ok, failed.trials, failed.flagged) == (0, 1, False)


def test_a_percentile_that_one_trial_cannot_carry(records: list[TrialRecord]) -> None:
    _, tcp = summarise(records)
    assert figure(tcp.rows[0], "p99 lateness") == Estimate(35_000.0, 35_000, 35_000, 1)
    assert figure(tcp.rows[0], "p50 lateness") == Estimate(3_250.0, 3_000, 3_500, 2)


def test_no_callbacks_have_no_venue(make_record: MakeRecord) -> None:
    record = make_record(1)
    assert record.venue is not None
    idle = replace(record, venue=replace(record.venue, idle=0, task=0, ksoftirqd=0))
    (table,) = summarise([idle])
    assert figure(table.rows[0], "in ksoftirqd") is None


@given(values=st.lists(st.integers(1, 900_000), min_size=1, max_size=9))
def test_the_median_is_the_standard_library_s(values: list[int]) -> None:
    cell = Cell(program="resident", map_size=1, timeout_ns=1)
    (table,) = summarise([record_of(cell, n, value) for n, value in enumerate(values)])
    found = figure(table.rows[0], "p50 lateness")
    assert found is not None
    assert (found.median, found.trials) == (statistics.median(values), len(values))
    assert min(values) <= found.low <= found.median <= found.high <= max(values)
    assert found.is_interval == (len(values) >= 5)


def record_of(cell: Cell, trial: int, p50_ns: int) -> TrialRecord:
    names = ("min_ns", "mean_ns", "p90_ns", "p99_ns", "p999_ns", "max_ns")
    lateness = Distribution(count=20, p50_ns=p50_ns, **dict.fromkeys(names))  # type: ignore[arg-type]
    return TrialRecord(trial=trial, block=trial, status=Status.OK, cell=cell, lateness=lateness)
