from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.analysis.total_costs import ENOUGH_PAIRS, total_costs
from bench.record import Cost, TotalCost, TrialRecord
from bench.report.cost_table import cost_table

MakeRecord = Callable[..., TrialRecord]


def costing(make_record: MakeRecord, block: int, **figures: float | str | None) -> TrialRecord:
    total = TotalCost(**figures)  # type: ignore[arg-type]
    return make_record(block, block=block, cost=Cost(total=total))


def of_pairs(make_record: MakeRecord, pairs: int) -> list[TrialRecord]:
    return [
        costing(
            make_record,
            block,
            share=0.5,
            ns=9_000.0 + block,
            less_steal_ns=9_000.0,
            firing_ns=6_000.0 - block,
            rest_ns=3_000.0 + 2 * block,
        )
        for block in range(1, pairs + 1)
    ]


def test_the_parts_shown_sum_to_the_total_shown(make_record: MakeRecord) -> None:
    (cost,) = total_costs(of_pairs(make_record, ENOUGH_PAIRS))
    assert cost.total is not None
    assert sum(part for part in cost.parts if part is not None) == pytest.approx(cost.total.median)
    assert cost.parts[1:5] == (None, None, None, None)
    assert (cost.pairs, cost.of, cost.few, cost.refused) == (10, 10, False, None)


def test_pairs_without_figures_are_counted_with_the_usual_reason(make_record: MakeRecord) -> None:
    records = of_pairs(make_record, 2)
    records += [costing(make_record, 3, refused="a CPU was full")]
    (cost,) = total_costs(records)
    assert (cost.pairs, cost.of, cost.few, cost.refused) == (2, 3, True, "a CPU was full")


def test_a_cell_of_which_no_pair_has_figures_prints_no_zero(make_record: MakeRecord) -> None:
    records = [costing(make_record, 1, refused="a CPU was full")]
    (cost,) = total_costs(records)
    assert cost.total is None and set(cost.parts) == {None}
    text = cost_table(records)
    assert text is not None
    row = [cell.strip() for cell in text.splitlines()[-1].strip("|").split("|")]
    assert row[1:] == ["0 of 1 (few)", *["-"] * 9, "a CPU was full"]


def test_runs_without_pairs_have_no_table(make_record: MakeRecord) -> None:
    assert cost_table([make_record(1)]) is None
