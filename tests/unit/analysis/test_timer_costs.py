from __future__ import annotations

from dataclasses import replace

from bench.analysis.answers.timer_costs import has_costs, timer_costs
from bench.spec import Cell, Engine
from tests.unit.analysis.connecting import AskedOf, Measure, at
from tests.unit.analysis.connecting import asked_of as asked_of
from tests.unit.analysis.connecting import measure as measure
from tests.unit.analysis.connecting import timer as timer


def test_costs_of_timers_ascend_by_rate_and_timeout(
    asked_of: AskedOf, measure: Measure, timer: Cell
) -> None:
    costs = {(10_000, 10): 0.3, (5_000, 300): 0.2, (5_000, 10): 0.1}
    found = [r for (rate, s), share in costs.items() for r in measure(at(timer, rate, s), share)]
    others = measure(replace(timer, engine=Engine.USER_GC), 0.7)
    (line,) = timer_costs(asked_of([*found, *others]))
    assert [part.partition(";")[0] for part in line.parts] == [
        "5k connections/s: 10% at timeouts of 10s, 20% at 300s",
        "10k connections/s: 30% at timeouts of 10s",
    ]
    assert line.verdict == ("At most 30% of one CPU, at 10k connections/s with timeouts of 10s.")


def test_one_rate_is_no_such_question(asked_of: AskedOf, measure: Measure, timer: Cell) -> None:
    assert not has_costs(asked_of(measure(timer, 0.2)))


def test_a_cost_whose_interval_spans_zero_is_called_noise(
    asked_of: AskedOf, measure: Measure, timer: Cell
) -> None:
    found = [*measure(at(timer, 2_000, 10), -0.02, 0.01), *measure(timer, 0.2)]
    (line,) = timer_costs(asked_of(found))
    assert "within noise, at timeouts of 10s" in line.parts[0]
