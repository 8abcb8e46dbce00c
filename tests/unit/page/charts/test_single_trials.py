"""Single trials behind the points of charts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import altair as alt

from bench.analysis.cell_rows import CellRow, cell_rows
from bench.page.charts.trials import MOST_TRIALS, each, on_demand, values
from bench.quantities.callbacks import FIRED, P50
from bench.record import TrialRecord
from bench.store.run import Run

MakeRecord = Callable[..., TrialRecord]
ReadRun = Callable[..., tuple[Run, ...]]


def row_of(read_run: ReadRun, make_record: MakeRecord, trials: int) -> CellRow:
    [row] = cell_rows(
        read_run([make_record(n, block=n, p50_ns=1_000 * n) for n in trials_to(trials)])
    )
    return row


def trials_to(count: int) -> range:
    return range(1, count + 1)


def test_a_point_has_a_list_for_each_field(read_run: ReadRun, make_record: MakeRecord) -> None:
    row = row_of(read_run, make_record, 3)
    found = each(row, x=FIRED, y=P50)
    assert found["y"] == [1_000, 2_000, 3_000] and len(found["x"]) == 3
    assert values([found, {}], "y") == found["y"]


def test_one_trial_too_many_trials_and_what_was_not_measured_have_none(
    read_run: ReadRun, make_record: MakeRecord
) -> None:
    assert each(row_of(read_run, make_record, 1), y=P50) == {}
    assert each(row_of(read_run, make_record, MOST_TRIALS + 1), y=P50) == {}
    row = row_of(read_run, make_record, 3)
    nothing = replace(FIRED, value=lambda record: 0.0 if record.trial > 1 else None)
    assert each(row, x=nothing, y=P50) == {}, "a logarithmic axis has no place for 0"
    assert each(row, log=False, x=nothing, y=P50) == {"x": [0, 0], "y": [2_000, 3_000]}


def test_a_layer_is_there_for_points_that_have_trials_only() -> None:
    marks = alt.Chart(alt.NamedData(name="points")).mark_tick().encode(x="each:Q")
    assert on_demand(marks, [{"x": 1}], "each") == {}
    layer = on_demand(marks, [{"x": 1}, {"x": 1, "each": [1, 2]}], "each")["usermeta"]["trials"]
    assert layer["data"] == {"name": "points"}
    assert layer["transform"] == [{"filter": "isValid(datum.each)"}, {"flatten": ["each"]}]
