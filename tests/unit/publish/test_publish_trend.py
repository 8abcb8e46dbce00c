from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.publish.catalogue import Entry, newest_first
from bench.publish.comparison import pairs
from bench.publish.trend import HEIGHT, WIDTH, Line, Trend, trends
from bench.record import Callbacks, Status, TrialRecord, Virtual
from bench.spec import Sweep
from bench.store import RunFolder

HOST = {"hostname": "box", "cpu_model": "Test CPU", "cpus_online": "0-1"}
MakeRun = Callable[..., RunFolder]


def entry(run: RunFolder) -> Entry:
    opened = RunFolder.open(run.path)
    return Entry(path=run.path, header=opened.header, records=opened.records())


def found(runs: list[RunFolder]) -> list[Trend]:
    entries = newest_first(map(entry, runs))
    return trends(entries, pairs(entries))


def line(trend: Trend, metric: str) -> Line:
    [one] = [item for item in trend.lines if item.metric == metric]
    return one


def test_a_step_is_marked_where_it_happened_and_only_there(make_run: MakeRun) -> None:
    [trend] = found(
        [make_run(3, p50_ns=7_500), make_run(1), make_run(2), make_run(4, p50_ns=7_500)]
    )
    assert [run.date[8:10] for run in trend.runs] == ["01", "02", "03", "04"]
    p50 = line(trend, "p50 lateness")
    assert [point.step for point in p50.points] == ["", "", "worse", ""]
    assert [point.value for point in p50.points] == [5_004.5, 5_004.5, 7_504.5, 7_504.5]
    assert p50.points[2].change == "+50%"
    [(run, better, worse)] = trend.turns
    assert run is trend.runs[2] and better == 0 and worse > 0
    assert p50.spread == "40%", "of 5.0045 to 7.5045, over 6.2545"
    assert p50.steps == 1 and p50.cell.startswith("resident 1k x 100ms, load 0")


def test_a_way_back_is_better(make_run: MakeRun) -> None:
    [trend] = found([make_run(1, p50_ns=9_000), make_run(2)])
    assert [point.step for point in line(trend, "p99 lateness").points] == ["", "better"]


def test_the_picture_stays_in_its_frame_and_begins_at_zero(make_run: MakeRun) -> None:
    [trend] = found([make_run(1), make_run(2, p50_ns=10_000), make_run(3)])
    points = line(trend, "p50 lateness").points
    assert all(0 < p.x < WIDTH and p.y is not None and 0 < p.y < HEIGHT for p in points)
    heights = [HEIGHT - 5 - (p.y or 0) for p in points]
    assert heights[1] / heights[0] == pytest.approx(10_004.5 / 5_004.5)


def test_other_sweeps_and_hosts_are_other_series(make_run: MakeRun, sweep: Sweep) -> None:
    same = make_run(1)
    reworded = make_run(2, sweep=replace(sweep, question="Other words?", seed=99))
    longer = make_run(3, sweep=replace(sweep, duration=1_000_000_000))
    elsewhere = make_run(4, host={**HOST, "hostname": "other"})
    names = [entry(run).series for run in (same, reworded, longer, elsewhere)]
    assert names[0] == names[1]
    assert len(set(names)) == 3
    assert [len(trend.runs) for trend in found([same, reworded, longer, elsewhere])] == [2]


def test_a_pair_that_cannot_be_compared_says_why(make_run: MakeRun, sweep: Sweep) -> None:
    longer = replace(sweep, duration=1_000_000_000)
    entries = newest_first(map(entry, [make_run(1), make_run(2, sweep=longer)]))
    [pair] = pairs(entries)
    assert pair.result is None and "duration: 5s in BASE, 1s in NEW" in pair.why
    assert pair.name == "20260101T030405Z-box-sample--20260102T030405Z-box-sample"
    assert pair.groups == []


def test_runs_in_emulated_guests_are_not_compared(make_run: MakeRun) -> None:
    runs = [make_run(1, virtual=Virtual.EMULATED), make_run(2, virtual=Virtual.EMULATED)]
    entries = newest_first(map(entry, runs))
    [pair] = pairs(entries)
    assert pair.result is None and "emulated guest is no measurement" in pair.why
    [trend] = trends(entries, [pair])
    assert trend.lines == ()


def test_a_run_without_ok_trials_leaves_a_gap(
    make_run: MakeRun, make_record: Callable[..., TrialRecord]
) -> None:
    empty = make_run(2)
    for trial in range(1, 9):
        empty.append(make_record(trial, status=Status.FAILED, error="refused"))
    [trend] = found([make_run(1), empty, make_run(3)])
    assert {point.step for item in trend.lines for point in item.points} == {""}
    for item in trend.lines:
        assert item.points[1].value is None and item.points[1].y is None


def test_a_line_of_zeros_lies_at_the_bottom(
    make_run: MakeRun, make_record: Callable[..., TrialRecord]
) -> None:
    none = Callbacks(fired=0, offered_hz=10.0, fired_hz=0.0, served=0.0)
    runs = [make_run(1), make_run(2)]
    for run in runs:
        for trial in range(1, 9):
            run.append(make_record(trial, callbacks=none))
    [trend] = found(runs)
    assert {point.y for point in line(trend, "served").points} == {HEIGHT - 5}
