"""The answer against the truth of simulated trials, and what it says of the rest."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from bench.compare.answer import Answer
from bench.compare.answer_text import answer_lines
from bench.compare.document import document
from bench.compare.fleets import FleetRuns, compare_fleets
from bench.compare.result import Result, compare_runs
from bench.compare.text import markdown
from bench.compare.verdict import Settings
from bench.exits import Exit
from bench.record import RunHeader, Status, TrialRecord
from bench.store.run import Run
from tests.unit.compare.conftest import Draw


@pytest.fixture
def run(header: RunHeader) -> Callable[[str, list[TrialRecord]], Run]:
    def make(name: str, records: list[TrialRecord]) -> Run:
        return Run(header=replace(header, run_id=name, finished="x"), records=records)

    return make


MakeRun = Callable[[str, list[TrialRecord]], Run]


def compared(
    run: MakeRun, base: list[TrialRecord], new: list[TrialRecord], detect: float = 1.5
) -> Result:
    return compare_runs(run("a", base), run("b", new), Settings(detect=detect))


def spoil(records: list[TrialRecord], count: int, code: str) -> list[TrialRecord]:
    bad = {"status": Status.INVALID, "codes": [code]}
    return [replace(r, **bad) if r.trial <= count else r for r in records]


def said(found: Answer) -> str:
    return "\n".join(answer_lines(found, Settings()))


def test_good_is_only_what_every_cell_shows(run: MakeRun, draw: Draw) -> None:
    base = draw(seed=1, cells=10, trials=24)
    good = compared(run, base, draw(seed=2, cells=10, trials=24)).answer
    assert good.exit is Exit.GOOD and len(good.shown) == good.cells == 10
    assert said(good).startswith("ANSWER: of 10 cells none has become worse by x1.50 or more")
    vague = draw(seed=2, cells=9, trials=24) + draw(seed=2, cells=10, trials=24, spread=3)[-24:]
    found = compared(run, base, vague).answer
    assert found.exit is Exit.UNANSWERED and len(found.undecided) == 1


def test_a_regression_of_one_cell_is_named(run: MakeRun, draw: Draw) -> None:
    base, new = draw(seed=1, cells=10, trials=24), draw(seed=2, cells=10, trials=24)
    slow = draw(seed=3, cells=10, trials=24, middle_ns=15_000)
    found = compared(run, base, new[:-24] + slow[-24:]).answer
    assert found.exit is Exit.BAD and [item.cell.map_size for item in found.worse] == [10]
    assert "WORSE: resident 10 x 100ms" in said(found)


def test_the_bound_holds_as_often_as_it_says(run: MakeRun, draw: Draw) -> None:
    """Of cells that really became worse by ``detect``, 5 % pass."""
    base = draw(seed=1, cells=400, trials=8, spread=0.2)
    new = draw(seed=2, cells=400, trials=8, spread=0.2, middle_ns=15_000)
    bounds = [i.bound for i in compared(run, base, new).comparisons if i.bound is not None]
    assert np.mean([bound < 0.5 for bound in bounds]) == pytest.approx(0.045, abs=0.025)


def test_trials_that_the_timers_spoilt_rank_worst(run: MakeRun, draw: Draw) -> None:
    base, new = draw(seed=1), draw(seed=2)
    found = compared(run, base, spoil(new, 5, "load_short")).answer
    assert found.exit is Exit.BAD
    assert "5 of 8 trials spoilt by the timers' own work (load_short), 0 of 8 in BASE" in said(
        found
    )
    fewer = compared(run, base, spoil(new, 2, "load_short")).answer
    assert fewer.exit is Exit.UNANSWERED
    assert "of 8 trials in NEW 2 do not count (load_short)" in said(fewer)


def test_spoilt_trials_of_the_base_are_no_excuse(run: MakeRun, draw: Draw) -> None:
    """Where both runs are overloaded alike nothing is worse, and nothing is shown."""
    spoilt = [spoil(draw(seed=seed), 6, "load_short") for seed in (1, 2)]
    assert compared(run, *spoilt).answer.exit is Exit.UNANSWERED


def test_a_cell_without_lateness_is_listed(run: MakeRun, draw: Draw) -> None:
    runs = [draw(seed=seed, cells=2) for seed in (1, 2)]
    bare = [[replace(r, lateness=None) if r.cell.map_size == 2 else r for r in x] for x in runs]
    found = compared(run, *bare).answer
    assert found.exit is Exit.GOOD and [cell.map_size for cell in found.excluded] == [2]
    assert "decided by nothing, because no lateness is measured: 1 cell: resident 2" in said(found)
    nothing = [[r for r in records if r.cell.map_size == 2] for records in bare]
    assert compared(run, *nothing).answer.exit is Exit.UNANSWERED


def test_it_says_what_an_undecided_cell_needs(run: MakeRun, draw: Draw) -> None:
    few = compared(run, draw(seed=1, trials=2), draw(seed=2, trials=2)).answer
    assert "too few trials to bound the change: at least 3 trials in each run" in said(few)
    wide = compared(run, draw(seed=1, spread=0.6), draw(seed=2, spread=0.6)).answer
    assert "would show less than x1.50" in said(wide)
    lost = compared(run, draw(seed=1), spoil(draw(seed=2), 8, "ledger_open")).answer
    assert "no trial that counts in NEW" in said(lost)


def test_a_laxer_question_is_easier_to_answer(run: MakeRun, draw: Draw) -> None:
    base, new = draw(seed=1, spread=0.6), draw(seed=2, spread=0.6)
    assert compared(run, base, new, 1.2).answer.exit is Exit.UNANSWERED
    assert compared(run, base, new, 5).answer.exit is Exit.GOOD


def test_json_and_markdown_carry_the_answer(run: MakeRun, draw: Draw) -> None:
    base = draw(seed=1)
    result = compared(run, base, spoil(draw(seed=2, middle_ns=20_000), 5, "load_short"))
    stored = json.loads(json.dumps(document(result), allow_nan=False))
    assert stored["answer"]["exit"] == 1 and len(stored["answer"]["worse"]) == 1
    (item,) = stored["comparisons"]
    assert item["primary"] and item["bound"] is None and item["new_spoilt"]["effects"] == 5
    assert "ANSWER: 1 of 1 cell is worse" in markdown(result)


def test_of_a_fleet_every_host_must_be_good(run: MakeRun, draw: Draw) -> None:
    base = FleetRuns("a", {h: run(f"{h}1", draw(seed=n)) for n, h in enumerate("xy")})
    same = FleetRuns("b", {h: run(f"{h}2", draw(seed=n)) for n, h in enumerate("xy", 7)})
    assert compare_fleets(base, same, Settings()).exit is Exit.GOOD
    slow = {**same.runs, "y": run("y2", draw(seed=9, middle_ns=30_000))}
    assert compare_fleets(base, FleetRuns("b", slow), Settings()).exit is Exit.BAD
    few = {**same.runs, "y": run("y2", draw(seed=9, trials=1))}
    assert compare_fleets(base, FleetRuns("b", few), Settings()).exit is Exit.UNANSWERED
