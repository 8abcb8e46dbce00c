"""A trial that minds others ends when they suffer, and counts when they do not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.errors import BenchError
from bench.reason import Code, Spoiler, spoiler
from bench.record import Status, TrialRecord
from bench.spec import Cell
from bench.trial import politeness
from bench.trial.guard import EndedPolitelyError, refuse_strained
from bench.units import NS_PER_S

MakeCell = Callable[..., Cell]
Measure = Callable[..., TrialRecord]


@pytest.fixture
def never(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that nothing passes: this host may be busy with other tests."""
    for name, bound in {
        "MOST_CPU": 2.0,
        "MOST_MEMORY": 2.0,
        "MOST_WAIT": 2.0,
        "MOST_CONNECT_NS": 10 * NS_PER_S,
    }.items():
        monkeypatch.setattr(politeness, name, bound)


@pytest.fixture
def at_once(never: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bound that every connection passes."""
    monkeypatch.setattr(politeness, "MOST_CONNECT_NS", 0)


@pytest.mark.usefixtures("never")
def test_it_says_what_others_met(make_cell: MakeCell, measure: Measure) -> None:
    cell = make_cell(program="tcp", load_hz=500, timeout_ns=1_000_000, map_size=4_096)
    record = measure(cell, polite=True, duration=2 * NS_PER_S)
    assert record.codes in ([], [Code.LOAD_SHORT]), record.reasons  # No connection of ours counts.
    seen = record.polite
    assert seen is not None and seen.looks >= 1 and seen.connect_ns
    assert measure(make_cell()).polite is None


@pytest.mark.usefixtures("at_once")
def test_its_window_ends_when_others_suffer(make_cell: MakeCell, measure: Measure) -> None:
    record = measure(make_cell(), polite=True, duration=60 * NS_PER_S)
    assert record.status is Status.INVALID
    assert Code.WATCHDOG in record.codes and spoiler(record.codes) is Spoiler.EFFECT
    assert "at most 0ns is polite" in record.reasons[record.codes.index(Code.WATCHDOG)]
    assert record.window_ns < 30 * NS_PER_S
    assert record.ledger is not None and record.ledger.balanced


@pytest.mark.usefixtures("at_once")
def test_it_ends_before_its_window_as_well(make_cell: MakeCell, measure: Measure) -> None:
    with pytest.raises(EndedPolitelyError, match="before the window") as ended:
        measure(make_cell(), polite=True, warmup=60 * NS_PER_S)
    assert ended.value.reason.code is Code.WATCHDOG
    assert ended.value.seen.looks >= politeness.IN_A_ROW


@pytest.mark.usefixtures("at_once")
def test_nothing_begins_where_others_suffer_already() -> None:
    with pytest.raises(BenchError, match="busy already: a connection that is none of the load"):
        refuse_strained()
