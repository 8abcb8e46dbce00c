"""Cells of somebody else's program: nothing of it is stated, and no control is without it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.control import baseline_of, control_of, controls_of, cost_controls_of
from bench.errors import UsageError
from bench.programs.registry import find
from bench.spec import Cell, Control, Controls
from bench.words.cells import cell_text

MakeCell = Callable[..., Cell]


def external(make_cell: MakeCell, **options: str) -> Cell:
    made = make_cell(program="external", load_hz=5_000, options=tuple(sorted(options.items())))
    return find("external").normalise(made)


def test_somebody_else_decides_map_size_and_timeout(make_cell: MakeCell) -> None:
    cell = external(make_cell, map="flows")
    assert cell.map_size is None and cell.timeout_ns is None
    assert cell_text(cell) == "external, load 5k, options map flows"
    with pytest.raises(ValueError, match="nothing states a timeout"):
        assert cell.stated_timeout_ns
    with pytest.raises(ValueError, match="nothing states a map size"):
        assert cell.stated_map_size


def test_what_runs_anyway_has_no_control_that_is_said_to_be_without_it(
    make_cell: MakeCell,
) -> None:
    cell = external(make_cell, map="flows")
    assert {one.control for one in controls_of([cell], Controls.FULL)} <= {Control.UNOBSERVED}
    assert cost_controls_of(cell) == ()


def test_what_is_started_for_each_trial_has_controls_without_it(make_cell: MakeCell) -> None:
    cell = external(make_cell, map="flows", exec="loader --all")
    found = {one.control: one for one in controls_of([cell], Controls.BASIC)}
    assert {Control.IDLE, Control.LOAD} <= set(found)
    assert not found[Control.LOAD].options and not baseline_of(cell).options
    for changing in (Control.ATTACHED, Control.EMPTY, Control.STAGES):
        assert control_of(cell, changing) is None


def test_an_option_that_says_nothing_is_refused(make_cell: MakeCell) -> None:
    with pytest.raises(UsageError, match="nothing is written"):
        external(make_cell, map=" ")
