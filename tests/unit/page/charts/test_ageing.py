"""The chart of batches against age."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.page.charts.ageing import MOST_CHARTS, section
from bench.page.series import Series
from bench.spec import Cell, Rearm

MakeCell = Callable[..., Cell]


def series(cell: Cell, batches: list[float | None], *, opened_s: float = 0.5) -> Series:
    t = tuple(0.1 * n for n in range(1, len(batches) + 1))
    return Series(
        name="trial 1: a cell",
        of=str(cell.rearm),
        t=t,
        columns={"batch": tuple(batches)},
        cell=cell,
        opened_s=opened_s,
    )


def test_medians_of_trials_by_age_and_way_to_re_arm(make_cell: MakeCell) -> None:
    relative = make_cell(rearm=Rearm.RELATIVE)
    absolute = make_cell(rearm=Rearm.ABSOLUTE)
    found = section(
        [
            series(relative, [2.0, 4.0]),
            series(relative, [4.0, 8.0]),
            series(relative, [3.0, 60.0, 70.0]),
            series(absolute, [1.0, None]),
        ]
    )
    (chart,) = found.charts
    assert chart.spec["datasets"]["ages"] == [
        {"rearm": "relative", "cell": "relative", "age": 0.6, "batch": 3.0},
        {"rearm": "relative", "cell": "relative", "age": 0.7, "batch": 8.0},
        {"rearm": "absolute", "cell": "absolute", "age": 0.6, "batch": 1.0},
    ]
    assert "relative from 3 to 8" in chart.alt and "absolute from 1 to 1" in chart.alt


@pytest.mark.parametrize(
    ("rearm", "batches"), [(Rearm.RELATIVE, [1.0]), (Rearm.ABSOLUTE, [None, None])]
)
def test_one_way_alone_shows_nothing(
    rearm: Rearm, batches: list[float | None], make_cell: MakeCell
) -> None:
    relative = series(make_cell(rearm=Rearm.RELATIVE), [2.0])
    other = series(make_cell(rearm=rearm), batches)
    if not any(batches):
        other = replace(other, columns={"batch": None})
    found = section([relative, other])
    assert not found.charts and "no cell" in found.intro


def test_what_is_left_out_is_said(make_cell: MakeCell) -> None:
    cells = [
        make_cell(rearm=kind, map_size=size) for size in range(1, MOST_CHARTS + 3) for kind in Rearm
    ]
    found = section([series(cell, [1.0]) for cell in cells])
    assert len(found.charts) == MOST_CHARTS
    assert found.notes == (f"{MOST_CHARTS} of {MOST_CHARTS + 2} are shown.",)
