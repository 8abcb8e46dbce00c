from __future__ import annotations

from dataclasses import replace

import pytest

from bench.cost.pairs import with_costs
from bench.record import TotalCost, TrialRecord
from tests.unit.cost.conftest import use

Block = dict[str, TrialRecord]


def total(records: list[TrialRecord], place: int = 0) -> TotalCost | None:
    cost = records[place].cost
    return cost.total if cost else None


def test_the_trial_of_a_cell_says_what_its_timers_cost(block: Block) -> None:
    found = with_costs(list(block.values()))
    cost = total(found)
    assert cost is not None and cost.refused is None
    assert cost.ns == pytest.approx(9_600)
    assert cost.firing_ns == pytest.approx(4_000)
    assert found[1:] == list(block.values())[1:], "controls have no cost of their own"


def test_trials_of_different_blocks_are_no_pair(block: Block) -> None:
    later = replace(block["baseline"], block=2)
    found = with_costs([block["cell"], block["unobserved"], later])
    assert total(found) is None


def test_a_pair_that_may_not_be_subtracted_says_why(block: Block) -> None:
    full = replace(block["unobserved"], cpu_use=use(0.95))
    cost = total(with_costs([block["cell"], full, block["baseline"]]))
    assert cost is not None
    assert cost.refused == "CPU 0 was idle for 5% of the trial, at least 10% is needed"
    assert (cost.ns, cost.share, cost.trial, cost.reference) == (None, None, 2, 3)


def test_records_of_older_runs_stay_as_they_are(block: Block) -> None:
    old = [replace(record, cpu_use=None) for record in block.values()]
    assert with_costs(old) == old
