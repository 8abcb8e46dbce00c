"""A warm-up is found before the first block, fixed, recorded, and reused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bench.campaign.pilot import AGES, TRIES, as_in, calibrated
from bench.record import RunHeader
from bench.spec import Cell, Control, Rearm
from bench.trial.measurement import Sample
from bench.trial.sampling import PERIOD_NS
from bench.units import NS_PER_MS
from bench.words.warmups import warmup_lines

PILOT = 3_500_000_000
WARMUP = 100 * NS_PER_MS


def series(late: int) -> list[Sample]:
    """Of a pilot whose rate rises after so many samples."""
    noise = np.random.default_rng(late).normal(1, 0.005, 34)
    rates = np.where(np.arange(34) < late, 5e4, 1e5) * noise
    return [
        Sample((n + 1) * PERIOD_NS, float(r), None, 0.1, 0.0, None) for n, r in enumerate(rates)
    ]


class Scripted:
    """A pilot whose trials settle when they are told to, by map size."""

    def __init__(self, outcomes: dict[int, Sequence[int | None]]) -> None:
        self.outcomes = {size: list(found) for size, found in outcomes.items()}
        self.tried: list[int] = []

    def __call__(self, cell: Cell) -> list[Sample] | None:
        self.tried.append(cell.map_size)
        found = self.outcomes[cell.map_size].pop(0)
        return None if found is None else series(found)


def asked(header: RunHeader) -> RunHeader:
    return replace(header, sweep=replace(header.sweep, warmup=WARMUP, pilot=PILOT))


def cell(size: int, **more: Any) -> Cell:
    return Cell(program="resident", map_size=size, timeout_ns=10 * NS_PER_MS, **more)


def test_the_slowest_cell_prolongs_the_warm_up_of_all(header: RunHeader) -> None:
    pilot = Scripted({1: [0], 2: [8, 8, 8]})
    found = calibrated(asked(header), [cell(1), cell(2)], pilot, 2)
    assert found.sweep.warmup == WARMUP + 8 * PERIOD_NS and found.sweep.pilot == 0
    assert found.asked == asked(header).sweep
    assert found.calibration is not None
    assert [one.settled_ns for one in found.calibration.pilots] == [0, 8 * PERIOD_NS]
    assert warmup_lines(found) == (
        "warm-up 900ms, found by a pilot: 1 of 2 cells took longer than 100ms to settle",
    )


def test_a_cell_that_has_settled_at_once_is_tried_once(header: RunHeader) -> None:
    pilot = Scripted({1: [0], 2: [9, 0, 0]})
    found = calibrated(asked(header), [cell(1), cell(2)], pilot, 2)
    assert pilot.tried == [1] + [2] * TRIES
    assert found.sweep.warmup == WARMUP, "one disturbed trial of three decides nothing"


def test_cells_that_age_and_controls_decide_nothing(header: RunHeader) -> None:
    pilot = Scripted({1: [0]})
    control = replace(cell(1), control=Control.EMPTY)
    ageing = cell(3, rearm=Rearm.RELATIVE)
    found = calibrated(asked(header), [cell(1), control, ageing, cell(1)], pilot, 2)
    assert pilot.tried == [1] and found.calibration is not None
    assert [one.why for one in found.calibration.pilots] == ["", AGES]
    assert f"pilot: resident 3 x 10ms, load 0, re-arm relative: {AGES}" in warmup_lines(found)


def test_what_does_not_settle_is_named(header: RunHeader) -> None:
    pilot = Scripted({1: [20, 20, 20], 2: [None] * TRIES})
    found = calibrated(asked(header), [cell(1), cell(2)], pilot, 2)
    assert found.sweep.warmup == WARMUP and found.calibration is not None
    assert [one.why for one in found.calibration.pilots] == [
        "it did not settle within the pilot",
        "no trial of the pilot says anything",
    ]


def test_new_has_the_warm_up_of_base(header: RunHeader) -> None:
    base = calibrated(asked(header), [cell(1)], Scripted({1: [8, 8, 8]}), 2)
    new = as_in(replace(asked(header), run_id="new"), base)
    assert new.sweep == base.sweep and new.asked == base.asked
    assert new.calibration is not None and base.calibration is not None
    assert new.calibration.of == base.run_id and new.calibration.pilots == base.calibration.pilots
    third = as_in(replace(asked(header), run_id="third"), new)
    assert third.calibration is not None and third.calibration.of == base.run_id


def test_a_given_warm_up_can_be_reused_too(header: RunHeader) -> None:
    base = replace(header, sweep=replace(header.sweep, warmup=7 * WARMUP))
    new = as_in(asked(header), base)
    assert new.sweep.warmup == 7 * WARMUP
    assert warmup_lines(new) == (f"warm-up 700ms, as in {base.run_id}",)


def test_a_pilot_is_part_of_what_was_asked_for(header: RunHeader) -> None:
    """So a run may be resumed by the command that began it."""
    found = calibrated(asked(header), [cell(1)], Scripted({1: [8, 8, 8]}), 2)
    assert replace(found.asked, seed=None) == replace(asked(header).sweep, seed=None)
