"""Validity rules, provoked on the running kernel: each trial is measured, and not believed.

A lost timer and a callback before its expiry would be bugs and cannot be provoked at will; their
rules are provoked with counters in ``tests/unit/trial/test_validity.py``. Steal is provoked in
``tests/kernel/cli/test_steal_in_kernel.py``.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.campaign import runner
from bench.drivers.session import Session
from bench.programs.counters import Counters
from bench.programs.tcp import Tcp
from bench.record import Status, TrialRecord
from bench.spec import Cell, Sweep
from bench.sweep.plan import PlannedTrial
from bench.trial.rig import Rig
from bench.units import NS_PER_MS, NS_PER_S

MakeCell = Callable[..., Cell]
Measure = Callable[..., TrialRecord]
BUDGET = Path("/proc/sys/net/core/netdev_budget")


def assert_invalid(record: TrialRecord, reason: str) -> None:
    assert record.status is Status.INVALID
    assert any(reason in text for text in record.reasons), record.reasons


def test_few_callbacks(make_cell: MakeCell, measure: Measure) -> None:
    record = measure(make_cell(map_size=1, timeout_ns=100 * NS_PER_MS))
    assert_invalid(record, "too few samples")
    assert record.callbacks is not None and record.callbacks.fired < 20


def test_a_load_that_cannot_be_made(make_cell: MakeCell, measure: Measure) -> None:
    record = measure(
        make_cell(program="tcp", timeout_ns=NS_PER_MS, load_hz=1_000_000, map_size=65_536)
    )
    assert_invalid(record, "at least 95% is needed")
    load = record.load
    assert load is not None and load.intended is not None and load.connect is not None
    # Most were never attempted: the median connection took the whole window, or longer. A client
    # with so much to do opens its window late; what was due in it says how long it was.
    window_ns = load.intended * NS_PER_S / 1_000_000
    assert load.connect.count == load.intended and load.missed > load.intended / 2
    assert load.connect.p50_ns is not None and load.connect.p50_ns >= window_ns * 0.99


def test_a_backlog_from_the_warm_up(
    make_cell: MakeCell, make_sweep: Callable[..., Sweep], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client is stopped in the warm-up until the window opens, and makes up for it then."""
    cell = make_cell(program="tcp", timeout_ns=NS_PER_MS, load_hz=1_000, map_size=65_536)
    with Rig([cell]) as rig:
        client = rig.load().pids[1]
        lead, open_window = Tcp.lead_ns, Session.open_window

        def stopping(program: Tcp, cell: Cell, warmup_ns: int) -> int:
            os.kill(client, signal.SIGSTOP)
            return lead(program, cell, warmup_ns)

        def continuing(session: Session) -> Counters:
            counters = open_window(session)
            os.kill(client, signal.SIGCONT)
            return counters

        monkeypatch.setattr(Tcp, "lead_ns", stopping)
        monkeypatch.setattr(Session, "open_window", continuing)
        sweep = make_sweep(warmup=300 * NS_PER_MS)
        planned = PlannedTrial(trial=1, block=1, cell=cell)
        record = runner.measure(rig, planned, sweep, 1, lambda sample: None).record
    assert_invalid(record, "of them due before the window")
    load = record.load
    assert load is not None and load.intended is not None and load.backlog is not None
    assert load.backlog > 0.05 * load.intended
    assert load.achieved_hz <= (load.offered_hz or 0)
    assert load.connections - load.backlog <= load.intended


def test_a_map_that_is_full(make_cell: MakeCell, measure: Measure) -> None:
    cell = make_cell(program="tcp", timeout_ns=100 * NS_PER_MS, load_hz=2_000, map_size=16)
    record = measure(cell)
    assert_invalid(record, "timers not inserted")
    assert record.ledger is not None and record.ledger.balanced, "the others are accounted for"


@pytest.fixture
def netdev_budget() -> Iterator[int]:
    """A fact of the fingerprint that a test may change."""
    before = BUDGET.read_text()
    yield int(before)
    BUDGET.write_text(before)


def test_a_host_that_changes(
    make_cell: MakeCell, make_sweep: Callable[..., Sweep], netdev_budget: int
) -> None:
    cell = make_cell()
    with Rig([cell]) as rig:
        BUDGET.write_text(str(netdev_budget + 1))
        planned = PlannedTrial(trial=1, block=1, cell=cell)
        record = runner.measure(rig, planned, make_sweep(), 1, lambda sample: None).record
    assert_invalid(record, f"host drifted: netdev_budget: {netdev_budget} -> {netdev_budget + 1}")
