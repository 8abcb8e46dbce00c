from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bench.analysis.cell_rows import cell_rows
from bench.page.charts.overhead import section
from bench.record import TrialRecord
from bench.spec import Cell
from bench.store.run import Run


def test_what_no_observer_watched_is_not_drawn_as_zero(
    read_run: Callable[..., tuple[Run, ...]],
    make_record: Callable[..., TrialRecord],
    make_cell: Callable[..., Cell],
) -> None:
    watched = replace(make_record(1, cell=make_cell(map_size=10)), softirq_ns={"hrtimer": 5_000})
    unwatched = make_record(2, cell=make_cell(map_size=20))
    charts = section(cell_rows(read_run([watched, unwatched]))).charts
    (softirqs,) = (chart for chart in charts if chart.key == "softirq-time")
    bars = {part["bar"] for part in softirqs.spec["datasets"]["parts"]}
    assert len(bars) == 1 and "10 x" in bars.pop()
    assert "Not drawn, because no observer watched: 1 cell." in softirqs.caption
