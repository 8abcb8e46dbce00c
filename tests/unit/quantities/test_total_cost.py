from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

from bench.quantities.total_cost import LESS_STEAL, PARTS, TOTAL_COST, TOTAL_CPU, TOTALS
from bench.record import Cost, TotalCost, TrialRecord


def test_figures_of_the_record(make_record: Callable[..., TrialRecord]) -> None:
    total = TotalCost(share=0.5, ns=9_000, less_steal_ns=8_900, firing_ns=6_000, rest_ns=3_000)
    record = make_record(1, cost=Cost(total=total))
    assert (TOTAL_COST.value(record), TOTAL_CPU.value(record)) == (9_000, 0.5)
    assert LESS_STEAL.value(record) == 8_900
    assert [part.value(record) for part in PARTS] == [6_000, None, None, None, None, 3_000]


def test_what_was_not_measured_is_unknown(make_record: Callable[..., TrialRecord]) -> None:
    for cost in (None, Cost(), Cost(total=TotalCost(refused="a CPU was full"))):
        record = make_record(1, cost=cost)
        assert {quantity.text(quantity.value(record)) for quantity in TOTALS} == {"-"}


def test_every_figure_is_a_quantity() -> None:
    figures = {item.name for item in fields(TotalCost)} - {"refused", "trial", "reference"}
    assert len(TOTALS) == len(figures)
