"""Each control measures what it says, and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from bench.control import control_of
from bench.engines.cyclictest import INTERVAL_US, LATE, missing_cyclictest
from bench.engines.hard_timer import HARD_TIMER
from bench.host.cpus import find_cpus
from bench.record import Status, TrialRecord
from bench.spec import Cell, Control, Hook
from bench.units import NS_PER_S
from tests.kernel.conftest import require
from tests.kernel.leftovers import bpftool
from tests.running import running

MakeCell = Callable[..., Cell]
Measure = Callable[..., TrialRecord]


@pytest.fixture
def connecting(make_cell: MakeCell) -> Cell:
    return make_cell(
        program="tcp",
        map_size=16_384,
        timeout_ns=1_000_000,
        hook=Hook.TP_BTF,
        load_hz=1_000,
        load_shape="constant",
        ip="both",
    )


def beside(cell: Cell, control: Control) -> Cell:
    made = control_of(cell, control)
    assert made is not None
    return made


def assert_without_timers(record: TrialRecord) -> None:
    assert record.status is not Status.FAILED and not record.reasons
    assert (record.callbacks, record.lateness, record.venue) == (None, None, None)
    assert record.ledger is not None and record.ledger.balanced
    assert record.ledger.inited == record.ledger.started == record.ledger.fired == 0
    assert record.ksoftirqd is not None


def test_idle_loads_nothing(connecting: Cell, measure: Measure) -> None:
    before = {program["id"] for program in bpftool("prog")}
    record = measure(beside(connecting, Control.IDLE))
    assert_without_timers(record)
    assert record.load is None and record.hook is None
    # Those of an earlier trial may be gone meanwhile: the kernel frees them later.
    assert {program["id"] for program in bpftool("prog")} <= before


def test_load_alone_makes_the_same_connections(connecting: Cell, measure: Measure) -> None:
    record = measure(beside(connecting, Control.LOAD))
    assert_without_timers(record)
    assert record.hook is None
    assert record.load is not None
    assert record.load.offered_hz == pytest.approx(1_000, rel=0.01)
    assert record.load.connections > 300


def test_attached_meets_connections_but_arms_nothing(connecting: Cell, measure: Measure) -> None:
    record = measure(beside(connecting, Control.ATTACHED))
    assert_without_timers(record)
    assert record.hook is not None and record.hook.used == Hook.TP_BTF
    assert record.load is not None and record.load.connections > 300
    assert record.ledger is not None and record.ledger.entries == 0


def test_an_attached_resident_program_arms_nothing(make_cell: MakeCell, measure: Measure) -> None:
    assert_without_timers(measure(beside(make_cell(), Control.ATTACHED)))


def test_cyclictest_is_later_than_the_hard_timers_that_wake_it(
    make_cell: MakeCell, measure: Measure
) -> None:
    require(missing_cyclictest())
    record = measure(beside(make_cell(), Control.CYCLICTEST), duration=NS_PER_S)
    assert_without_timers(record)
    users, timers = record.distributions[LATE], record.distributions[HARD_TIMER]
    expected = record.window_ns / (INTERVAL_US * 1_000)
    # A thread on every CPU; its samples come in blocks through a pipe, and it may lose some.
    assert users.count >= 0.5 * expected
    assert users.negative == timers.negative == 0
    # Every sample needs a timer.
    assert timers.count >= 0.5 * users.count
    assert timers.p50_ns is not None and users.p50_ns is not None
    assert timers.p50_ns <= users.p50_ns


SLEEPERS = """
import threading, time
def sleep():
    while True:
        time.sleep(0.0002)
for _ in range(4):
    threading.Thread(target=sleep).start()
"""


def test_sleeps_with_timer_slack_are_no_floor(make_cell: MakeCell, measure: Measure) -> None:
    """Ordinary sleepers, many times as many as cyclictest's, with the default slack of 50 us."""
    require(missing_cyclictest())
    with running([sys.executable, "-c", SLEEPERS]):
        record = measure(beside(make_cell(), Control.CYCLICTEST), duration=NS_PER_S)
    timers = record.distributions[HARD_TIMER]
    own = len(find_cpus().usable) * record.window_ns / (INTERVAL_US * 1_000)
    assert 0 < timers.count <= 2 * own
