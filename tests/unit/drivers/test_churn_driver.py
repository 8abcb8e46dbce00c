from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from bench.drivers.churn import ChurnDriver
from bench.drivers.environment import Environment
from bench.histogram import Histogram
from bench.programs.counters import Counters
from bench.spec import Cell, MapType

MakeCell = Callable[..., Cell]
DRIVER = ChurnDriver()
PROGRAM = DRIVER.program


@pytest.fixture
def churn_cell(make_cell: MakeCell) -> MakeCell:
    return lambda **changes: PROGRAM.normalise(make_cell(**({"program": "churn"} | changes)))


def test_weights_are_told_in_the_order_of_the_operations(
    churn_cell: MakeCell, environment: Environment
) -> None:
    options = {"start": 1, "push": 2, "cancel": 3, "delete": 4, "replace": 5}
    found = DRIVER.constants(churn_cell(options=options), environment)
    assert found["weights"] == struct.pack("<5I", 1, 2, 3, 4, 5)
    assert found["total_weight"] == 15 and found["shared"] == 0


@pytest.mark.parametrize(("map_type", "times"), [(MapType.HASH, 1), (MapType.LRU_HASH, 2)])
def test_only_an_lru_map_has_more_keys_than_entries(
    map_type: MapType, times: int, churn_cell: MakeCell, environment: Environment
) -> None:
    cell = churn_cell(map_type=map_type, map_size=500)
    assert DRIVER.constants(cell, environment)["keys"] == 500 * times


def final(**changes: int) -> Counters:
    names = (
        "t_ns", "fired", "restarted", "missed_periods", "inited", "started", "cancelled",
        "dropped", "freed", "collected", "init_retried", "other_clock",
    )  # fmt: skip
    counted = {name: changes.get(name, 0) for name in names}
    tables: dict[str, dict[str, int]] = {
        name: {} for name in ("init_failed", "insert_failed", "start_failed", "collect_failed")
    }
    measures = {name: changes.get(name, 0) for name in PROGRAM.measures}
    return Counters(**counted, **tables, venue=(0, 0, 0), lateness=Histogram(), measures=measures)
