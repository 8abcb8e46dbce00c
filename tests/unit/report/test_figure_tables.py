"""Tables of a report: cells by program, controls in a table of their own."""

from __future__ import annotations

from collections.abc import Callable

from bench.analysis.summary import plain, summarise
from bench.control import control_of
from bench.quantities.callbacks import FIRED, P50
from bench.record import RunHeader, TrialRecord
from bench.report.figure_tables import controls_table, part
from bench.report.markdown import render
from bench.spec import Cell, Control

MakeCell = Callable[..., Cell]
MakeRecord = Callable[..., TrialRecord]
COLUMNS = (P50, FIRED)


def measured(make_cell: MakeCell, make_record: MakeRecord) -> list[TrialRecord]:
    """A cell and two of its controls, a trial of each."""
    cell = make_cell(load_hz=5_000)
    beside = [control_of(cell, control) for control in (Control.EMPTY, Control.LOAD)]
    return [
        make_record(number, cell=one, p50_ns=1_000 * number)
        for number, one in enumerate((cell, *beside), start=1)
    ]


def test_cells_and_controls_have_tables_of_their_own(
    make_cell: MakeCell, make_record: MakeRecord
) -> None:
    records = measured(make_cell, make_record)
    (program,) = summarise(plain(records), COLUMNS)
    rows = part(program).table.splitlines()
    assert len(rows) == 3 and "| 1µs |" in rows[2]
    found = controls_table(records, COLUMNS)
    assert found is not None
    assert found.splitlines()[2:] == [
        "| empty of resident 1k x 100ms, load 5k | 1 | 2µs | 998k |",
        "| load 5k as for resident | 1 | 3µs | 997k |",
    ]


def test_a_run_without_controls_has_no_such_table(
    records: list[TrialRecord], header: RunHeader
) -> None:
    assert controls_table(records, COLUMNS) is None
    assert "## Controls" not in render(header, records)


def test_a_report_shows_both(
    make_cell: MakeCell, make_record: MakeRecord, header: RunHeader
) -> None:
    text = render(header, measured(make_cell, make_record))
    assert text.index("## resident") < text.index("## Controls")
    assert "empty of resident 1k" in text
