from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.errors import UsageError
from bench.histogram import Histogram
from bench.programs.churn import FASTEST_HZ, Churn
from bench.programs.counters import Counters
from bench.spec import Cell, Hook, Instrument, MapType, Phase
from bench.units import NS_PER_S

MakeCell = Callable[..., Cell]
PROGRAM = Churn()


@pytest.fixture
def churn_cell(make_cell: MakeCell) -> MakeCell:
    return lambda **changes: PROGRAM.normalise(make_cell(**({"program": "churn"} | changes)))


def test_axes_of_other_programs_do_not_apply(churn_cell: MakeCell) -> None:
    plain = churn_cell()
    assert churn_cell(hook=Hook.AUTO, phase=Phase.BURST, instrument=Instrument.EMPTY) == plain


def test_an_array_neither_deletes_nor_replaces(churn_cell: MakeCell) -> None:
    cell = churn_cell(map_type=MapType.ARRAY, options={"delete": 5, "push": 7})
    assert cell.number("delete") == cell.number("replace") == 0
    assert cell.number("push") == 7


def test_nothing_to_start_is_refused(churn_cell: MakeCell) -> None:
    with pytest.raises(UsageError, match="starts no timer: option start is 0"):
        PROGRAM.check(churn_cell(options={"start": 0}))


@pytest.mark.parametrize("rate", ["min", "0", 0])
def test_a_wrong_rate_is_refused_by_name(rate: object, churn_cell: MakeCell) -> None:
    with pytest.raises(UsageError, match="option rate_hz"):
        churn_cell(options={"rate_hz": rate})


def test_memory_is_for_entries_and_for_timers_that_are_not_back_yet(churn_cell: MakeCell) -> None:
    halves = {"start": 1, "push": 0, "cancel": 0, "delete": 1, "replace": 0}
    cell = churn_cell(map_size=100, options={"rate_hz": "1k", **halves})
    assert PROGRAM.outstanding(cell) == 100 + 500
    fastest = churn_cell(map_size=100, options={"rate_hz": "max", **halves})
    assert PROGRAM.outstanding(fastest) == 100 + FASTEST_HZ // 2
    array = churn_cell(map_size=100, map_type=MapType.ARRAY)
    assert PROGRAM.outstanding(array) == 100


ALONE_CELL = {"timeout_ns": 3_600 * NS_PER_S, "options": {"operations": "alone"}}


def test_options_of_the_other_kind_mean_nothing(churn_cell: MakeCell) -> None:
    mix = churn_cell(options={"queued": 5, "cpus": 2, "timers_of": "other"})
    assert mix == churn_cell()
    odd = {"operations": "alone", "push": 9, "keys": "shared"}
    assert churn_cell(**(ALONE_CELL | {"options": odd})) == churn_cell(**ALONE_CELL)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"timeout_ns": NS_PER_S}, "timeout 1s is too short"),
        ({"map_type": MapType.ARRAY}, "operations alone cannot use map type array"),
        ({"map_type": MapType.LRU_HASH}, "operations alone cannot use map type lru_hash"),
    ],
)
def test_what_operations_alone_cannot_do_is_refused(
    changes: dict[str, object], said: str, churn_cell: MakeCell
) -> None:
    PROGRAM.check(churn_cell(**ALONE_CELL))
    with pytest.raises(UsageError, match=said):
        PROGRAM.check(churn_cell(**(ALONE_CELL | changes)))


def test_operations_alone_wait_for_no_callback(churn_cell: MakeCell) -> None:
    alone, mix = churn_cell(**ALONE_CELL), churn_cell(timeout_ns=5)
    assert not PROGRAM.needs_callbacks(alone) and PROGRAM.needs_callbacks(mix)
    assert PROGRAM.lead_ns(alone, 7) == 7 and PROGRAM.lead_ns(mix, 7) == 12
    held = churn_cell(map_size=1_000, **ALONE_CELL)
    assert PROGRAM.outstanding(held) == 1_000 + 40_000


def counted(**changes: int) -> dict[str, int]:
    return dict.fromkeys((*PROGRAM.measures, "called"), 0) | changes


def test_discarded_calls_are_those_of_all_operations(churn_cell: MakeCell) -> None:
    counts = counted(discarded_init=64, discarded_cancel=128, inserted=3, called=500)
    found = PROGRAM.measured(counts, churn_cell(), NS_PER_S // 2)
    assert found["discarded"] == 192 and found["inserted"] == 3 and found["called_hz"] == 1_000
    assert not any(name.startswith("discarded_") for name in found)


def test_where_no_interrupt_is_seen_nothing_is_known_of_discarded_calls(
    churn_cell: MakeCell,
) -> None:
    assert PROGRAM.measured(counted(unwatched=9), churn_cell(), 1)["discarded"] is None


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


@pytest.mark.parametrize(
    ("changes", "evicted"),
    [
        ({"started": 50, "fired": 20, "inserted": 60, "removed": 10}, 30),
        # More timers unaccounted for than entries gone: the ledger stays open.
        ({"started": 90, "fired": 20, "inserted": 60, "removed": 10}, 40),
        # More ended than begun: likewise.
        ({"started": 20, "fired": 25, "inserted": 60, "removed": 10}, 0),
    ],
)
def test_evictions_are_inferred_within_what_the_map_allows(
    changes: dict[str, int], evicted: int
) -> None:
    assert PROGRAM.evicted(final(**changes), entries=10, pending=0) == evicted


def test_pending_timers_were_not_evicted() -> None:
    assert PROGRAM.evicted(final(started=5, inserted=20), entries=5, pending=5) == 0
