from __future__ import annotations

from bench.trial.places import places_of
from tests.unit.trial.conftest import counters

BEFORE = counters(moved=1, fired_by_cpu={0: 5, 1: 7, 2: 0}, armed_by_cpu={0: 3, 1: 0})
AFTER = counters(moved=4, fired_by_cpu={0: 5, 1: 107, 2: 9}, armed_by_cpu={0: 4, 1: 0})


def test_counts_are_of_the_window_but_those_of_arming() -> None:
    found = places_of(BEFORE, AFTER, recorded=True)
    assert found["moved"] == 3
    assert found["by_cpu"] == {"1": 100, "2": 9} and found["armed_by_cpu"] == {"0": 4}


def test_what_callbacks_do_not_record_is_no_zero() -> None:
    assert places_of(BEFORE, AFTER, recorded=False)["moved"] is None
    assert places_of(BEFORE, BEFORE, recorded=True)["moved"] == 0
