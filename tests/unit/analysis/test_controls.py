from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bench.analysis.controls import (
    How,
    application_cost,
    instrument_effect,
    ksoftirqd_overhead,
    plain_cells,
)
from bench.control import control_of
from bench.quantities.cpu import CPU_PER_CALLBACK
from bench.quantities.load import CONNECTIONS
from bench.reason import Code
from bench.record import Ksoftirqd, LoadResult, RunHeader, Status, TrialRecord
from bench.report.markdown import render
from bench.spec import Cell, Control
from bench.units import NS_PER_S

MakeCell = Callable[..., Cell]
MakeRecord = Callable[..., TrialRecord]


def beside(cell: Cell, control: Control) -> Cell:
    made = control_of(cell, control)
    assert made is not None
    return made


def using(cpu_ns: float, *, window_ns: int = NS_PER_S) -> dict[str, Any]:
    """Fields of a record in which ksoftirqd had the CPU for so long."""
    seen = Ksoftirqd(cpu_ns=int(cpu_ns), cpu_share=0.0, runq_delay_ns=None, wakeups=4)
    return {"ksoftirqd": seen, "window_ns": window_ns}


def test_an_overhead_is_a_difference_within_blocks(
    make_cell: MakeCell, make_record: MakeRecord
) -> None:
    """Blocks drift by far more than what is sought; pairs do not care."""
    cell, records = make_cell(), []
    for block in range(1, 8):
        drift = block * 100e6
        common = {"block": block}
        records.append(make_record(block, cell=cell, **common, **using(drift + 5e6 + block)))
        idle = beside(cell, Control.IDLE)
        records.append(make_record(10 + block, cell=idle, **common, **using(drift)))
    found = [e for e in ksoftirqd_overhead(records) if "CPU time" in e.quantity.title]
    (effect,) = found
    assert (effect.control, effect.how, effect.blocks) == (Control.IDLE, How.DIFFERENCE, 7)
    assert effect.estimate == pytest.approx(0.005, rel=1e-3)
    assert effect.interval is not None
    assert effect.interval.low <= effect.estimate <= effect.interval.high
    assert effect.interval.high - effect.interval.low < 1e-6


def test_cells_whose_load_fell_short_are_what_timers_cost(
    make_cell: MakeCell, make_record: MakeRecord
) -> None:
    """A load below 95 % makes a trial invalid, and is the very thing that is looked for."""
    cell = make_cell(load_hz=2_000)
    short = LoadResult(
        offered_hz=2_000.0,
        achieved_hz=240.0,
        connections=240,
        connections_total=500,
        errors={},
        connect=None,
    )
    codes = [Code.LOAD_SHORT]
    records = [
        make_record(1, cell=cell, load=short, status=Status.INVALID, codes=codes),
        make_record(2, cell=beside(cell, Control.LOAD), load=replace(short, achieved_hz=2_000.0)),
    ]
    (effect,) = application_cost(records)
    assert effect.estimate == pytest.approx(0.12)
    stolen = replace(records[0], codes=[*codes, Code.STEAL])
    assert application_cost([stolen, records[1]]) == ()


def test_windows_of_different_length_are_compared_per_time(
    make_cell: MakeCell, make_record: MakeRecord
) -> None:
    cell = make_cell()
    records = [
        make_record(1, cell=cell, **using(30e6)),
        make_record(2, cell=beside(cell, Control.IDLE), **using(20e6, window_ns=2 * NS_PER_S)),
    ]
    effect = ksoftirqd_overhead(records)[0]
    assert effect.estimate == pytest.approx(0.03 - 0.01)
    assert effect.interval is None, "one block has none"


def test_only_good_trials_of_the_same_block_are_paired(
    make_cell: MakeCell, make_record: MakeRecord
) -> None:
    cell = make_cell()
    idle = beside(cell, Control.IDLE)
    records = [
        make_record(1, cell=cell, block=1, **using(1e6)),
        make_record(2, cell=idle, block=2, **using(0)),
        make_record(3, cell=cell, block=3, **using(1e6)),
        make_record(4, cell=idle, block=3, status=Status.INVALID, **using(0)),
    ]
    assert ksoftirqd_overhead(records) == ()
    assert plain_cells(records) == (cell,)


def test_callback_cost_is_a_ratio_to_the_empty_callback(
    make_cell: MakeCell, make_record: MakeRecord
) -> None:
    cell, records = make_cell(), []
    for block in range(1, 6):
        spent = {"softirq_ns": {"hrtimer": 980_000 * 240}}
        bare = {"softirq_ns": {"hrtimer": 980_000 * 200}}
        empty = beside(cell, Control.EMPTY)
        records.append(make_record(block, cell=cell, block=block, **spent))
        records.append(make_record(10 + block, cell=empty, block=block, **bare))
    effects = {e.quantity: e for e in instrument_effect(records)}
    assert effects[CPU_PER_CALLBACK].estimate == pytest.approx(1.2)
    assert effects[CPU_PER_CALLBACK].interval is not None
    assert effects[CPU_PER_CALLBACK].how is How.RATIO


def test_what_the_application_loses_is_against_the_load_alone(
    make_cell: MakeCell, make_record: MakeRecord
) -> None:
    cell = make_cell(program="tcp", hook="auto", load_hz=5_000, load_shape="constant", ip="both")
    ours = make_record(1, cell=cell)
    alone = make_record(2, cell=beside(cell, Control.LOAD))
    assert ours.load is not None
    ours = replace(ours, load=replace(ours.load, achieved_hz=4_500.0))
    effects = application_cost([ours, alone])
    assert [e.quantity for e in effects] == [CONNECTIONS], "these records have no connect delay"
    assert effects[0].estimate == pytest.approx(0.9)


def test_the_report_tells_effects_and_knees(
    header: RunHeader, make_cell: MakeCell, make_record: MakeRecord
) -> None:
    cell, records = make_cell(), []
    for block in range(1, 6):
        idle = beside(cell, Control.IDLE)
        records.append(make_record(block, cell=cell, block=block, **using(30e6)))
        records.append(make_record(10 + block, cell=idle, block=block, **using(20e6)))
    text = render(header, records)
    assert "## Against controls" in text and "## Where ksoftirqd takes over" not in text
    (line,) = [line for line in text.splitlines() if "ksoftirqd CPU time per time" in line]
    words = [word.strip() for word in line.strip("|").split("|")]
    assert words[1:] == ["idle", "ksoftirqd CPU time per time", "+1%", "+1% to +1% (94 %)", "5"]
