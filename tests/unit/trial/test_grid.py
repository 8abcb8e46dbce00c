from __future__ import annotations

import pytest

from bench.reason import Code
from bench.record import Callbacks, Ledger
from bench.trial.grid import grid_rules


def callbacks(fired: int, missed: int | None) -> Callbacks:
    return Callbacks(fired=fired, offered_hz=None, fired_hz=0.0, served=None, missed_periods=missed)


def ledger(started: int, freed: int = 0) -> Ledger:
    return Ledger(
        inited=started, init_failed={}, insert_failed={}, started=started, restarted=0,
        start_failed={}, fired=0, cancelled=0, freed=freed, pending=0, balanced=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fired", "missed", "latest_ns", "open_"),
    [
        (1_000, 0, 0, False),
        (700, 300, 0, False),
        (900, 0, 0, False),
        (899, 0, 0, True),
        (1_101, 0, 0, True),
        (700, 100, 20, False),  # Callbacks two periods late at an end of the window.
        (600, 99, 20, True),
    ],
)
def test_a_hundred_timers_of_ten_periods(
    fired: int, missed: int, latest_ns: int, open_: bool
) -> None:
    found = grid_rules(
        callbacks(fired, missed), ledger(100), timeout_ns=10, window_ns=100, latest_ns=latest_ns
    )
    assert [reason.code for reason in found] == ([Code.GRID_OPEN] if open_ else [])


def test_the_sentence_has_count_and_bound() -> None:
    (found,) = grid_rules(callbacks(5, 1), ledger(100), timeout_ns=10, window_ns=100, latest_ns=0)
    assert found.text == "grid open: fired + missed periods = 6, expected 1,000 within 100"


@pytest.mark.parametrize(("missed", "freed"), [(None, 0), (0, 3)])
def test_without_counts_or_all_timers_there_is_nothing_to_say(
    missed: int | None, freed: int
) -> None:
    found = grid_rules(
        callbacks(5, missed), ledger(100, freed), timeout_ns=10, window_ns=100, latest_ns=0
    )
    assert not found
