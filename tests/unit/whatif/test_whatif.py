from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.analysis.cell_rows import CellRow
from bench.errors import BenchError
from bench.histogram import Histogram
from bench.quantities.total_cost import TOTAL_CPU
from bench.record import Status, TrialRecord
from bench.spec import Cell, Engine
from bench.whatif.answer import EngineAnswer, WhatIf, what_if
from bench.whatif.check import LEAST_INSIDE, MOST_ERROR, Check, checks
from bench.whatif.document import document
from bench.whatif.model import fitted
from bench.whatif.points import engine_points
from bench.whatif.push_backs import push_backs
from bench.whatif.terms import MODELLED, Demand
from bench.whatif.text import lines
from tests.unit.whatif.conftest import LAWS

Connections = Callable[..., list[TrialRecord]]
RowsOf = Callable[[list[TrialRecord]], tuple[CellRow, ...]]
CPU = MODELLED[0]
ASKED = Demand(5_000, 100e9)


def engine(found: WhatIf, name: str) -> EngineAnswer:
    return next(each for each in found.engines if each.name == name)


def cpu_check(found: WhatIf) -> Check:
    return next(check for check in found.checks if check.modelled.quantity is TOTAL_CPU)


def test_the_law_is_found_again(connections: Connections, rows_of: RowsOf) -> None:
    for each in engine_points(rows_of(connections())):
        model = fitted(CPU, each.engine, each.points)
        assert model is not None and len(model.terms) == 2
        truth = LAWS[each.engine](ASKED.rate_hz, ASKED.live)
        assert model.predict(ASKED).value == pytest.approx(truth, rel=1e-6)


def test_what_was_left_out_is_met(connections: Connections, rows_of: RowsOf) -> None:
    found = what_if(rows_of(connections(noise=0.05)), ASKED)
    check = cpu_check(found)
    assert {left.without for left in check.left} >= {"2k/s", "10k/s", "timeout 300s"}
    assert check.error is not None and check.error <= MOST_ERROR and check.holds


def test_intervals_hold_what_was_left_out_over_many_runs(
    connections: Connections, rows_of: RowsOf, read_run: Callable[..., object]
) -> None:
    rows = rows_of(connections(noise=0.05))
    inside = every = 0
    for seed in range(40):
        again = connections(noise=0.05, seed=seed)
        by_cell: dict[Cell, list[TrialRecord]] = {}
        for record in again:
            by_cell.setdefault(record.cell, []).append(record)
        drawn = [_measured_again(row, by_cell[row.cell]) for row in rows]
        (check, *_) = checks(engine_points(drawn))
        inside, every = inside + check.inside, every + len(check.left)
    assert inside / every >= LEAST_INSIDE


def _measured_again(row: CellRow, records: list[TrialRecord]) -> CellRow:
    counted = replace(row.counted, records=tuple(records))
    figure = counted.estimate(TOTAL_CPU)
    assert figure is not None
    return replace(row, estimates={**row.estimates, TOTAL_CPU.key: figure})


def test_a_law_that_the_terms_do_not_have_is_withheld(
    connections: Connections, rows_of: RowsOf
) -> None:
    """Every figure of a rate of its own: what others cost says nothing of it."""
    records = [
        replace(r, cost=replace(r.cost, total=replace(r.cost.total, share=_erratic(r.cell))))
        for r in connections()
        if r.cost and r.cost.total
    ]
    found = what_if(rows_of(records), ASKED)
    (cpu,) = (f for f in engine(found, "bpf_timer").figures if f.quantity is TOTAL_CPU)
    assert cpu.predicted is None and "does not hold" in cpu.why


def _erratic(cell: Cell) -> float:
    return {2_000: 0.9, 5_000: 0.02, 10_000: 0.5}[cell.load_hz or 0]


@pytest.mark.parametrize(
    ("demand", "why"),
    [
        (Demand(20_000, 10e9), "20k connections/s is outside of what the run measured: 2k to 10k"),
        (Demand(5_000, 301e9), "301s of timeout is outside of what the run measured: 1s to 300s"),
        (Demand(10_000, 300e9), "3M live is outside of what the run measured: 5k to 1.5M"),
    ],
)
def test_outside_of_the_span_is_refused(
    connections: Connections, rows_of: RowsOf, demand: Demand, why: str
) -> None:
    found = what_if(rows_of(connections()), demand)
    assert not found.answered
    assert {each.refused for each in found.engines} == {why}


@pytest.mark.parametrize(("rate", "seconds"), [(2_000, 10), (10_000, 10), (5_000, 1), (5_000, 300)])
def test_the_ends_of_the_span_are_within_it(
    connections: Connections, rows_of: RowsOf, rate: int, seconds: int
) -> None:
    assert what_if(rows_of(connections()), Demand(rate, seconds * 1e9)).answered


def test_invalid_cells_are_no_points(connections: Connections, rows_of: RowsOf) -> None:
    spoilt = [replace(r, status=Status.INVALID) for r in connections()]
    with pytest.raises(BenchError, match="no valid cell"):
        what_if(rows_of(spoilt), ASKED)


def test_push_backs_add_their_time_to_cpu_and_no_expiry(
    connections: Connections,
    rows_of: RowsOf,
    make_cell: Callable[..., Cell],
    make_record: Callable[..., TrialRecord],
) -> None:
    churn = make_record(
        900,
        cell=make_cell(program="churn"),
        distributions={"push_back_later": Histogram.of([400] * 1_000).summary()},
    )
    rows = rows_of([*connections(), churn])
    plain, pushed = what_if(rows, ASKED), what_if(rows, ASKED, push_backs(rows, 10))

    def cpu(found: WhatIf) -> float:
        (figure,) = (f for f in engine(found, "bpf_timer").figures if f.quantity is TOTAL_CPU)
        assert figure.predicted is not None
        return figure.predicted.value

    assert cpu(pushed) - cpu(plain) == pytest.approx(5_000 * 10 * 400 / 1e9, rel=0.02)
    assert pushed.callbacks_hz == plain.callbacks_hz == 5_000


def test_push_backs_that_were_not_measured_are_refused(
    connections: Connections, rows_of: RowsOf
) -> None:
    rows = rows_of(connections())
    assert push_backs(rows, 0) is None
    with pytest.raises(BenchError, match="not measured") as refused:
        push_backs(rows, 2)
    assert "churn" in refused.value.remedy


def test_memory_is_that_of_the_table_it_would_need(
    connections: Connections, rows_of: RowsOf
) -> None:
    found = engine(what_if(rows_of(connections()), ASKED), "bpf_timer")
    assert found.memory == 100 * (1 << 20) + 192 * 500_000


def test_words_and_document_say_the_same(connections: Connections, rows_of: RowsOf) -> None:
    found = what_if(rows_of(connections(noise=0.02)), ASKED)
    text, made = "\n".join(lines(found)), document(found)
    assert "5k connections/s, timeouts of 100s: 500k live, 5k expiries/s" in text
    assert "user_gc\n  total CPU: " in text
    assert (made["live"], made["load_hz"]) == (500_000, 5_000)
    assert {each["name"] for each in made["engines"]} == {str(name) for name in LAWS}
    assert Engine.BPF_TIMER in text
