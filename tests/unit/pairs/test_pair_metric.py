from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.errors import UsageError
from bench.pairs.metric import metric_of
from bench.quantities.callbacks import P50, P99
from bench.quantities.cpu import CPU_PER_CALLBACK
from bench.spec import Cell, Engine, Instrument
from bench.units import NS_PER_MS, NS_PER_S

MakeCell = Callable[..., Cell]


def test_p99_needs_a_thousand_callbacks_and_some_more(make_cell: MakeCell) -> None:
    cell = make_cell(map_size=100, timeout_ns=100 * NS_PER_MS)
    assert metric_of((cell, cell), NS_PER_S, None) is P50
    assert metric_of((cell, cell), 2 * NS_PER_S, None) is P99
    few = make_cell(map_size=10, timeout_ns=100 * NS_PER_MS)
    assert metric_of((cell, few), 2 * NS_PER_S, None) is P50


def test_another_metric_can_be_asked_for(make_cell: MakeCell) -> None:
    cell = make_cell()
    assert metric_of((cell, cell), NS_PER_S, "CPU per callback") is CPU_PER_CALLBACK


@pytest.mark.parametrize("title", ["total cost", "no such metric"])
def test_what_cannot_be_had_is_refused(title: str, make_cell: MakeCell) -> None:
    with pytest.raises(UsageError):
        metric_of((make_cell(), make_cell()), NS_PER_S, title)


def test_lateness_needs_an_expiry_and_a_record_of_it(make_cell: MakeCell) -> None:
    for cell, who in (
        (make_cell(program="tcp", engine=Engine.LRU), "engine lru"),
        (make_cell(instrument=Instrument.EMPTY), "instrument empty"),
    ):
        with pytest.raises(UsageError, match=who):
            metric_of((make_cell(), cell), NS_PER_S, None)
