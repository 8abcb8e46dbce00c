from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import abi
from bench.drivers import causes
from bench.drivers.causes import OUTLIERS_KEPT, latest_of, why_without_stages
from bench.errors import KernelRefusedError
from bench.histogram import Histogram
from bench.programs import counters
from bench.programs.counters import Shared
from bench.programs.registry import find
from bench.spec import Cell, Instrument

MakeCell = Callable[..., Cell]
SINCE_NS = 10_000
LATE: dict[str, Any] = {
    "t_ns": 50_000,
    "lateness_ns": 9_000,
    "ended_ns": 30_000,
    "raised_ns": 44_000,
    "entered_ns": 47_000,
    "before": 3,
    "before_ns": 2_000,
    "before_end_ns": 46_500,
    "venue": 1,
    "pid": 77,
    "comm": b"worker",
}


@pytest.fixture
def tables() -> npt.NDArray[np.void]:
    return np.zeros(2, abi.OUTLIER_TABLE)


def put(table: np.void, place: int, **changes: Any) -> None:
    for name, value in (LATE | changes).items():
        table["records"][place][name] = value


def test_a_late_callback_is_told_with_what_delayed_it(tables: npt.NDArray[np.void]) -> None:
    put(tables[1], 5)
    (seen,) = latest_of(tables, SINCE_NS)
    assert (seen.t_ns, seen.lateness_ns, seen.cpu) == (40_000, 9_000, 1)
    # Due at 41, raised at 44, entered at 47, called at 50 us.
    assert (seen.irq_ns, seen.entry_ns, seen.queue_ns) == (3_000, 3_000, 3_000)
    assert (seen.venue, seen.pid, seen.comm) == ("task", 77, "worker")
    assert (seen.before, seen.before_ns, seen.since_before_ns) == ("net_rx", 2_000, 500)
    assert seen.steal is None


def test_time_behind_the_run_before_is_queue(tables: npt.NDArray[np.void]) -> None:
    put(tables[0], 5, ended_ns=42_500)
    (seen,) = latest_of(tables, SINCE_NS)
    # Due at 41 during a run that ended at 42.5, raised at 44, entered at 47, called at 50 us.
    assert (seen.irq_ns, seen.entry_ns, seen.queue_ns) == (1_500, 3_000, 1_500 + 3_000)


def test_a_raise_before_the_end_of_the_run_delays_nothing(tables: npt.NDArray[np.void]) -> None:
    put(tables[0], 5, ended_ns=45_000)
    (seen,) = latest_of(tables, SINCE_NS)
    assert (seen.irq_ns, seen.entry_ns, seen.queue_ns) == (0, 2_000, 4_000 + 3_000)


def test_what_no_hook_saw_is_unknown(tables: npt.NDArray[np.void]) -> None:
    put(tables[0], 5, raised_ns=0, before_end_ns=0)
    (seen,) = latest_of(tables, SINCE_NS)
    assert (seen.irq_ns, seen.entry_ns, seen.queue_ns) == (None, None, None)
    assert (seen.before, seen.before_ns, seen.since_before_ns) == (None, None, None)


@given(
    ended=st.integers(0, 60_000),
    raised=st.integers(1, 60_000),
    entered=st.integers(1, 60_000),
    late=st.integers(1, 40_000),
)
def test_parts_are_never_negative_and_their_sum_is_lateness(
    ended: int, raised: int, entered: int, late: int
) -> None:
    tables = np.zeros(1, abi.OUTLIER_TABLE)
    moments = {"ended_ns": ended, "raised_ns": raised, "entered_ns": entered}
    put(tables[0], 1, lateness_ns=late, **moments)
    (seen,) = latest_of(tables, SINCE_NS)
    parts = [seen.irq_ns, seen.entry_ns, seen.queue_ns]
    assert all(part is not None and part >= 0 for part in parts)
    assert sum(part or 0 for part in parts) == late


def test_the_latest_of_all_cpus_come_first_and_no_more_than_fit(
    tables: npt.NDArray[np.void],
) -> None:
    for cpu, table in enumerate(tables):
        for place in range(1, abi.OUTLIERS):
            put(table, place, lateness_ns=2 * place + cpu)
    found = [one.lateness_ns for one in latest_of(tables, SINCE_NS)]
    assert found == list(range(2 * abi.OUTLIERS - 1, 2 * abi.OUTLIERS - 1 - OUTLIERS_KEPT, -1))


def test_callbacks_before_the_window_are_left_out(tables: npt.NDArray[np.void]) -> None:
    put(tables[0], 1, t_ns=SINCE_NS - 1)
    put(tables[0], 2, t_ns=SINCE_NS)
    assert [one.t_ns for one in latest_of(tables, SINCE_NS)] == [0]


def test_stages_are_read_by_name_over_all_cpus() -> None:
    cpus = np.zeros(2, abi.STAGE_CPU)
    shared = Shared(np.zeros(3, abi.SLOT), stage_cpus=cpus)
    shared.reset_extremes()
    for cpu, late in ((0, 100), (1, 300)):
        entry = cpus["stages"][cpu][abi.STAGES.index("entry")]
        entry["counts"][Histogram.of([late]).counts.nonzero()] = 1
        entry["total_ns"], entry["min_ns"], entry["max_ns"] = late, late, late
    cpus["unstaged"] = [4, 5]
    seen = counters.read(shared)
    assert {name: found.count for name, found in seen.stages.items()} == {
        "irq": 0,
        "entry": 2,
        "queue": 0,
    }
    assert (seen.stages["entry"].min_ns, seen.stages["entry"].max_ns) == (100, 300)
    assert (seen.unstaged, seen.contradictions) == (9, 0)


def test_a_cell_without_the_instrument_says_so(make_cell: MakeCell) -> None:
    said = why_without_stages(find("resident"), make_cell())
    assert said == "not asked for: instrument full, engine bpf_timer"


def test_a_kernel_without_the_hooks_is_quoted(
    make_cell: MakeCell, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refusing:
        def __init__(self, path: object) -> None:
            raise KernelRefusedError("no tp_btf here", errno=errno.EINVAL, detail="a\nb\nc\nd")

    monkeypatch.setattr(causes, "BpfObject", Refusing)
    causes.refusal.cache_clear()
    cell = make_cell(instrument=Instrument.STAGES)
    assert why_without_stages(find("resident"), cell) == "no tp_btf here; b; c; d"
    assert causes.stage_hooks(find("resident"), cell) == ()
    causes.refusal.cache_clear()
