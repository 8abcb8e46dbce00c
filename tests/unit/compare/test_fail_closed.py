"""Inputs whose exit code was once 0, although they show nothing good.

A recorded pair of runs of the same thing, made worse in ways that a run can become worse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bench.compare.answer import Answer
from bench.compare.result import compare_runs
from bench.compare.verdict import Settings
from bench.exits import Exit
from bench.reason import Code
from bench.record import Status, TrialRecord
from bench.store.run import Run
from tests.unit.compare.test_aa_runs import DATA, later, read


@pytest.fixture(scope="module")
def base() -> Run:
    return read(DATA / "aa-second" / "base")


@pytest.fixture(scope="module")
def new() -> Run:
    return read(DATA / "aa-second" / "new")


def answer(base: Run, new: Run, records: Sequence[TrialRecord] | None = None) -> Answer:
    changed = new if records is None else replace(new, records=records)
    return compare_runs(base, changed, Settings()).answer


def spoilt(records: Sequence[TrialRecord], count: int, *codes: Code) -> list[TrialRecord]:
    """The first ``count`` trials of each tcp cell, all of which are three times as late."""
    seen: dict[object, int] = {}
    found = []
    for record in records:
        changed = record
        if record.cell.program == "tcp":
            seen[record.cell] = seen.get(record.cell, 0) + 1
            changed = later(record, 3)
            if seen[record.cell] <= count:
                changed = replace(changed, status=Status.INVALID, codes=[str(c) for c in codes])
        found.append(changed)
    return found


def test_the_same_thing_on_a_quiet_host_is_good(base: Run, new: Run) -> None:
    found = answer(base, new)
    assert found.exit is Exit.GOOD and len(found.shown) == 30 and not found.undecided


@pytest.mark.parametrize("count", [4, 5, 6, 7, 8])
def test_a_regression_that_spoils_trials_is_found(base: Run, new: Run, count: int) -> None:
    found = answer(base, new, spoilt(new.records, count, Code.LOAD_SHORT))
    assert found.exit is Exit.BAD
    assert {item.cell.program for item in found.worse} == {"tcp"} and len(found.worse) == 6


@pytest.mark.parametrize("count", [4, 5, 6, 7, 8])
@pytest.mark.parametrize("codes", [(Code.LEDGER_OPEN,), (Code.STEAL,), ()])
def test_trials_that_say_nothing_are_never_good(
    base: Run, new: Run, count: int, codes: tuple[Code, ...]
) -> None:
    found = answer(base, new, spoilt(new.records, count, *codes))
    assert found.exit is not Exit.GOOD
    decided = {item.cell for item in found.shown}
    assert not any(cell.program == "tcp" for cell in decided)


def test_cells_that_are_missing_are_no_answer(base: Run, new: Run) -> None:
    left = [record for record in new.records if record.cell.program != "tcp"]
    found = answer(base, new, left)
    assert found.exit is Exit.UNANSWERED
    assert [each.why for each in found.undecided] == ["only in BASE: measure it in NEW"] * 6
    assert answer(replace(base, records=left), new).exit is Exit.UNANSWERED


def test_a_run_that_was_cut_short_is_no_answer(base: Run, new: Run) -> None:
    header = replace(new.header, finished=None)
    found = answer(base, replace(new, header=header), new.records[: len(new.records) * 3 // 4])
    assert found.exit is Exit.UNANSWERED
    assert found.reasons == [f"{new.header.run_id} did not finish"]


def first(run: Run, trials: int) -> Run:
    return replace(run, records=[record for record in run.records if record.block <= trials])


def test_one_regression_of_any_size_in_five_trials_is_never_good(base: Run, new: Run) -> None:
    """Their smallest p-value, 2 of 252, survives no correction over 30 cells."""
    few = first(new, 5)
    cell = few.records[0].cell
    worse = [later(r, 1_000) if r.cell == cell else r for r in few.records]
    found = answer(first(base, 5), few, worse)
    assert found.exit is not Exit.GOOD
    shown = {item.cell for item in found.shown}
    assert cell not in shown


def test_a_run_against_itself_shows_nothing(base: Run) -> None:
    few = first(base, 5)
    found = answer(few, few)
    assert found.exit is Exit.UNANSWERED
    assert "BASE and NEW are the same run, which shows nothing" in found.reasons
