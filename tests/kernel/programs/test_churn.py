"""Operations on timers from all CPUs at once: none lost, each counted, against ftrace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.record import Distribution, TrialRecord
from bench.spec import Cell, MapType, Sweep
from bench.trial.rig import Rig
from bench.trial.trial import Trial
from bench.units import NS_PER_MS, NS_PER_S, NS_PER_US

MakeCell = Callable[..., Cell]
Measure = Callable[..., TrialRecord]
MeasureEach = Callable[..., list[TrialRecord]]
TRACING = Path("/sys/kernel/tracing")
EVENTS = ("hrtimer_start", "hrtimer_expire_entry")


def churn(make_cell: MakeCell, **changes: object) -> Cell:
    options = changes.pop("options", {})
    assert isinstance(options, dict)
    fields: dict[str, object] = {
        "program": "churn",
        "map_size": 1_000,
        "timeout_ns": NS_PER_MS,
        "options": {"rate_hz": "max", **options},
    }
    return make_cell(**(fields | changes))


def assert_none_lost(record: TrialRecord) -> None:
    ledger = record.ledger
    assert ledger is not None and ledger.balanced, ledger
    assert ledger.lost == 0 and ledger.pending == 0
    assert ledger.fired > 0 and ledger.cancelled > 0
    assert record.lateness is not None and record.lateness.negative == 0
    assert ledger.freed_inferred == (record.cell.map_type is MapType.LRU_HASH)


def values(record: TrialRecord, name: str) -> Distribution:
    found = record.distributions[name]
    assert found is not None
    return found


@pytest.mark.parametrize("timeout_ns", [100 * NS_PER_US, 10 * NS_PER_MS])
@pytest.mark.parametrize("keys", ["own", "shared"])
def test_no_timer_is_lost_in_any_map(
    keys: str, timeout_ns: int, make_cell: MakeCell, measure_each: MeasureEach
) -> None:
    cells = [
        churn(make_cell, map_type=kind, timeout_ns=timeout_ns, options={"keys": keys})
        for kind in MapType
    ]
    for record in measure_each(cells):
        assert_none_lost(record)
        array = record.cell.map_type is MapType.ARRAY
        for name in ("set_callback", "start_idle", "push_back_later", "cancel", "clock"):
            assert values(record, name).count > 0, name
        # The elements of an array stay, so their timers were initialised before the window.
        assert values(record, "init").count > 0 or array
        for name in ("delete_pending", "delete_fired", "replace"):
            assert (values(record, name).count == 0) == array, name
        if keys == "own" and record.cell.map_type is not MapType.LRU_HASH:
            # A key's operations come one after another, so the kernel can refuse none.
            # Only memory may be short for a moment.
            assert set(record.errors) <= {"init"}, record.errors
            assert set(record.errors.get("init", {})) <= {"ENOMEM"}, record.errors


def test_pending_timers_are_freed_with_their_entries(make_cell: MakeCell, measure: Measure) -> None:
    record = measure(churn(make_cell, timeout_ns=NS_PER_S, options={"rate_hz": 20_000}))
    ledger = record.ledger
    assert ledger is not None and ledger.balanced, ledger
    assert ledger.freed > 0 and ledger.cancelled > 0 and not ledger.freed_inferred
    inserted, removed = record.measures["inserted"], record.measures["removed"]
    assert inserted is not None and removed is not None
    assert 0 < ledger.entries <= record.cell.map_size


def test_an_lru_map_evicts_timers_that_are_pending(make_cell: MakeCell, measure: Measure) -> None:
    options = {"delete": 0, "replace": 0}
    cell = churn(make_cell, map_type=MapType.LRU_HASH, timeout_ns=NS_PER_S, options=options)
    ledger = measure(cell).ledger
    assert ledger is not None and ledger.balanced, ledger
    assert ledger.freed_inferred and ledger.freed > 0


def test_a_weight_of_zero_leaves_an_operation_out(make_cell: MakeCell, measure: Measure) -> None:
    record = measure(churn(make_cell, options={"push": 0, "replace": 0}))
    assert_none_lost(record)
    assert values(record, "push_back_later").count == values(record, "replace").count == 0
    assert values(record, "delete_pending").count > 0


def test_the_rate_is_kept(make_cell: MakeCell, measure: Measure) -> None:
    record = measure(churn(make_cell, options={"rate_hz": 5_000}))
    called_hz = record.measures["called_hz"]
    # An open loop catches up after a burst of stolen time, so a window may have more, too.
    assert called_hz is not None and 2_500 < called_hz < 10_000


def bpf_timer_cb() -> str:
    for line in Path("/proc/kallsyms").read_text().splitlines():
        address, _, name = line.split()[:3]
        if name == "bpf_timer_cb":
            return f"0x{address}"
    raise AssertionError("no symbol bpf_timer_cb")


@contextmanager
def tracing() -> Iterator[Path]:
    """A trace instance that records starts and expiries of bpf_timer_cb only."""
    instance = TRACING / "instances" / "bench-churn"
    instance.mkdir()
    events = [instance / "events" / "timer" / event for event in EVENTS]
    try:
        (instance / "buffer_size_kb").write_text("16384")
        for event in events:
            (event / "filter").write_text(f"function == {bpf_timer_cb()}")
            (event / "enable").write_text("1")
        yield instance / "trace"
    finally:
        for event in events:
            (event / "enable").write_text("0")
        instance.rmdir()


def test_ftrace_saw_each_start_push_and_callback(
    make_cell: MakeCell, make_sweep: Callable[..., Sweep]
) -> None:
    cell = churn(make_cell, options={"rate_hz": 20_000})
    with Rig([cell]) as rig, tracing() as trace:
        measured = Trial(rig, cell, make_sweep(), 1, lambda sample: None).run()
        seen = trace.read_text()
    final = measured.aftermath.counters
    starts = ("start_idle", "push_back_later", "push_back_sooner")
    timed = sum(final.distributions[name].values.count for name in starts)
    discarded = sum(final.measures[f"discarded_{name}"] for name in starts)
    assert seen.count("hrtimer_start:") == timed + discarded
    # The kernel's handler finds no callback for a timer cancelled or freed as it expires.
    without_callback = seen.count("hrtimer_expire_entry:") - final.fired
    assert 0 <= without_callback <= final.cancelled + final.freed
    assert final.measures["overtaken"] == final.restarted
