from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.fleet.reduce import cells_of, host_run
from bench.quantities.catalogue import TABLE
from bench.reason import Code
from bench.record import RunHeader, Status, TrialRecord
from bench.spec import Cell

MakeRecord = Callable[..., TrialRecord]
P50 = [column.title for column in TABLE].index("p50 lateness")


def test_a_figure_is_the_median_of_the_ok_trials(make_record: MakeRecord) -> None:
    records = [make_record(n, p50_ns=value) for n, value in enumerate((3_000, 9_000, 4_000), 1)]
    records.append(make_record(4, p50_ns=99_000, status=Status.INVALID, reasons=["steal"]))
    (figures,) = cells_of(records).values()
    assert figures.values[P50] == 4_000
    assert (figures.ok, figures.trials, figures.flagged) == (3, 4, False)


def test_without_an_ok_trial_invalid_ones_are_shown_and_flagged(make_record: MakeRecord) -> None:
    records = [
        make_record(1, p50_ns=7_000, status=Status.INVALID, reasons=["steal"]),
        make_record(2, status=Status.FAILED, error="refused"),
    ]
    (figures,) = cells_of(records).values()
    assert (figures.values[P50], figures.flagged, figures.ok) == (7_000, True, 0)


def test_a_cell_that_only_failed_has_no_figure(make_record: MakeRecord) -> None:
    (figures,) = cells_of([make_record(1, status=Status.FAILED, error="refused")]).values()
    assert set(figures.values) == {None}
    assert not figures.flagged


def test_state_and_missing_trials(header: RunHeader, make_record: MakeRecord) -> None:
    header = replace(header, trials_planned=3)
    partial = host_run("a", header, [make_record(1), make_record(2)])
    assert (partial.state, partial.missing) == ("partial", 1)
    finished = replace(header, finished="2026-01-02T03:04:05Z")
    whole = host_run("a", finished, [make_record(n) for n in (1, 2, 3)])
    assert (whole.state, whole.missing, whole.counts[Status.OK]) == ("complete", 0, 3)


def test_load_hosts_are_named(
    header: RunHeader, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    record = make_record(1, cell=make_cell(load_hz=5_000))
    assert host_run("a", header, [record]).load_hosts == ()
    assert record.load is not None
    elsewhere = replace(record, load=replace(record.load, host="load1"))
    assert host_run("a", header, [elsewhere]).load_hosts == ("load1",)


@pytest.mark.parametrize(
    ("code", "disturbed"), [(Code.DRIFT, 1), (Code.FOREIGN, 1), (Code.STEAL, 0)]
)
def test_trials_that_somebody_disturbed_are_to_be_measured_again(
    code: Code, disturbed: int, header: RunHeader, make_record: MakeRecord
) -> None:
    header = replace(header, trials_planned=2, finished="2026-01-02T03:04:05Z")
    spoilt = replace(make_record(2, status=Status.INVALID, reasons=["as it is"]), codes=[code])
    host = host_run("a", header, [make_record(1), spoilt])
    assert host.disturbed == disturbed
    assert host.state == ("with failures" if disturbed else "complete")
