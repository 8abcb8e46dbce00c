"""A short form of ``python -m tests.perf.simulate``: the same code and seeds, fewer runs.

The bounds are those of the whole table less what so few runs may miss them by.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.exits import Exit
from bench.pairs.finding import PAIRS, Verdict
from bench.spec import Cell
from bench.sweep.plan import expand
from bench.sweep.sweep_file import read_sweep
from tests.perf.simulate.boots import every_cell, exits_of_boots
from tests.perf.simulate.estimators import changes, medians, sequential
from tests.perf.simulate.noise import GATE_HZ, GATE_TIMEOUT_NS, QUIET, bursts, lognormal, recorded
from tests.perf.simulate.pairs import verdicts
from tests.perf.simulate.steady import found_trends, settles
from tests.perf.simulate.table import BEGIN, END, PAGE, Row, table, write
from tests.perf.simulate.verdicts import exits, one_cell, same

IDLE = recorded(QUIET)


@pytest.mark.parametrize("trials", [5, 8, 24])
@pytest.mark.parametrize("name", ["log-normal", "bursts"])
def test_intervals_hold_the_truth_as_often_as_they_say(name: str, trials: int) -> None:
    draw = lognormal(0.25) if name == "log-normal" else bursts(0.15)
    row = medians(name, draw, trials, 400)
    assert row.share == pytest.approx(float(row.wanted), abs=0.03)


def test_a_change_is_bounded_as_often_as_it_says() -> None:
    held, passed = changes("idle", IDLE, 8, 200)
    assert held.share >= 0.92 and passed.share <= 0.08


def test_what_stops_at_97_percent_covers_95() -> None:
    assert sequential(0.05, 300).share >= 0.92


def test_runs_of_the_same_thing_are_good() -> None:
    found = exits(IDLE, same, cells=8, trials=24, runs=30)
    assert found[Exit.GOOD] >= 24 and found[Exit.BAD] <= 2


def test_a_cell_that_became_worse_by_half_is_found() -> None:
    found = exits(IDLE, one_cell(1.5), cells=8, trials=24, runs=30)
    assert found[Exit.BAD] >= 21 and found[Exit.GOOD] <= 3


def test_boots_of_one_kernel_are_rarely_worse_and_single_boots_never() -> None:
    assert exits_of_boots(IDLE, same, 1, 5)[Exit.BAD] == 0
    assert exits_of_boots(IDLE, same, 4, 20)[Exit.BAD] <= 3
    assert exits_of_boots(IDLE, every_cell(1.5), 8, 10)[Exit.BAD] >= 7


def test_pilots_find_when_a_cell_settles_and_trends_are_no_chance() -> None:
    steady, late = settles("bursts", bursts(0.15), 200)
    assert steady.share >= 0.92 and late.share >= 0.75
    none, one = found_trends("log-normal", lognormal(0.25), 60)
    assert none.share <= 0.12 and one.share >= 0.7


def test_pairs_find_what_became_worse_by_half_and_nothing_else() -> None:
    found, pairs = verdicts(IDLE, 1.5, 30)
    assert found[Verdict.WORSE] >= 22 and pairs < PAIRS
    found, _ = verdicts(IDLE, 1.1, 30)
    assert found[Verdict.WORSE] <= 3


def test_few_trials_of_many_cells_are_rarely_an_answer() -> None:
    """``quick`` is not for comparisons."""
    found = exits(IDLE, same, cells=7, trials=5, runs=30)
    assert found[Exit.UNANSWERED] >= 15 and found[Exit.BAD] <= 2


def test_the_table_is_where_documentation_shows_it(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n\n{END}after\n")
    text = table([Row("a", "b", "c", 0.5, "0.5")])
    write(text, page)
    assert page.read_text() == f"before\n{BEGIN}\n{text}\n{END}after\n"
    assert PAGE.read_text().count(BEGIN) == PAGE.read_text().count(END) == 1


def test_the_gate_is_what_is_simulated() -> None:
    sweep = read_sweep("gate")
    assert sweep.repeat == 24
    cells: list[Cell] = expand(sweep)
    assert len(cells) == 8
    for cell in cells:
        assert cell.timeout_ns <= GATE_TIMEOUT_NS
        rate = cell.map_size * 1e9 / cell.timeout_ns if cell.program == "resident" else cell.load_hz
        assert rate and rate >= GATE_HZ
