"""When timers of ``resident`` expire again, against what the kernel programmed, by ftrace."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import pairwise
from statistics import median

import pytest

from bench.drivers import loading
from bench.drivers.session import WITHOUT_ABS
from bench.quantities.callbacks import BATCH
from bench.reason import Code
from bench.record import TrialRecord
from bench.spec import Cell, Flag, Phase, Rearm, Sweep
from bench.trial.rig import Rig
from bench.trial.trial import Trial
from bench.units import NS_PER_MS, NS_PER_S
from tests.kernel.ftrace import callback_address, events, tracing

MakeCell = Callable[..., Cell]
Measure = Callable[..., TrialRecord]
MakeSweep = Callable[..., Sweep]
PERIOD_NS = 20 * NS_PER_MS
UNKNOWN_FLAG = 1 << 9
"""Stands for one that an older kernel does not know."""


ROUNDS = 4


def batch(record: TrialRecord) -> float:
    found = BATCH.value(record)
    assert found is not None
    return found


@pytest.fixture
def without_abs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(loading.FLAG_BITS, Flag.ABS, UNKNOWN_FLAG)


def expiries(cell: Cell, sweep: Sweep) -> dict[str, list[int]]:
    """By timer, each expiry that the kernel programmed."""
    found = defaultdict(list)
    with (
        Rig([cell]) as rig,
        tracing({"timer/hrtimer_start": f"function == {callback_address()}"}) as instance,
    ):
        Trial(rig, cell, sweep, 1, lambda sample: None).run()
        for event in events(instance):
            found[event.word("hrtimer")].append(event.number("softexpires"))
    return found


@pytest.mark.parametrize("phase", list(Phase))
def test_absolute_timers_keep_their_grid(
    phase: Phase, make_cell: MakeCell, make_sweep: MakeSweep
) -> None:
    cell = make_cell(map_size=100, timeout_ns=PERIOD_NS, rearm=Rearm.ABSOLUTE, phase=phase)
    found = expiries(cell, make_sweep())
    assert len(found) == 100
    for programmed in found.values():
        assert len(programmed) > 10
        assert {expiry % PERIOD_NS for expiry in programmed} == {programmed[0] % PERIOD_NS}
    phases = sorted(programmed[0] % PERIOD_NS for programmed in found.values())
    assert len(set(phases)) == (1 if phase is Phase.BURST else 100)


@pytest.mark.usefixtures("without_abs")
def test_a_kernel_without_the_flag_keeps_it_by_delays(
    make_cell: MakeCell, make_sweep: MakeSweep
) -> None:
    cell = make_cell(map_size=100, timeout_ns=PERIOD_NS, rearm=Rearm.ABSOLUTE, phase=Phase.EVEN)
    found = expiries(cell, make_sweep(duration=NS_PER_S))
    for programmed in found.values():
        # Each is late by the way to the kernel's own clock reading, which never adds up.
        base, half = programmed[0] - PERIOD_NS // 2, len(programmed) // 2
        off = [(expiry - base) % PERIOD_NS for expiry in programmed]
        assert median(off[half:]) == pytest.approx(median(off[:half]), abs=50_000), off


def test_relative_timers_fall_behind(make_cell: MakeCell, make_sweep: MakeSweep) -> None:
    cell = make_cell(map_size=100, timeout_ns=PERIOD_NS, rearm=Rearm.RELATIVE, phase=Phase.EVEN)
    for programmed in expiries(cell, make_sweep()).values():
        steps = [later - former for former, later in pairwise(programmed)]
        assert all(step > PERIOD_NS for step in steps)


@pytest.mark.parametrize("flag", [True, False])
def test_every_period_fired_or_was_missed(
    flag: bool, make_cell: MakeCell, measure: Measure, request: pytest.FixtureRequest
) -> None:
    """A thousand periods a timer: one of them is all that may be unknown."""
    if not flag:
        request.getfixturevalue("without_abs")
    cell = make_cell(map_size=200, timeout_ns=NS_PER_MS, rearm=Rearm.ABSOLUTE, phase=Phase.EVEN)
    record = measure(cell, duration=NS_PER_S)
    assert record.callbacks is not None and record.ledger is not None and record.ledger.balanced
    assert (WITHOUT_ABS in record.notes) != flag
    assert Code.GRID_OPEN not in record.codes
    periods = record.callbacks.fired + (record.callbacks.missed_periods or 0)
    assert periods == pytest.approx(200 * record.window_ns / NS_PER_MS, abs=400)


@pytest.mark.parametrize("instrument", ["full", "empty"])
def test_periods_of_an_overloaded_host_are_counted(
    instrument: str, make_cell: MakeCell, measure: Measure
) -> None:
    cell = make_cell(map_size=20_000, timeout_ns=NS_PER_MS, instrument=instrument)
    record = measure(cell)
    assert record.callbacks is not None and record.callbacks.missed_periods
    assert Code.GRID_OPEN not in record.codes and record.ledger and record.ledger.balanced


@pytest.mark.parametrize("phase", [Phase.EVEN, Phase.RANDOM])
@pytest.mark.parametrize(
    "ages_ns",
    [
        (10 * NS_PER_MS, NS_PER_S, 3 * NS_PER_S),
        pytest.param((10 * NS_PER_MS, 10 * NS_PER_S), marks=pytest.mark.nightly),
    ],
)
def test_the_batch_of_absolute_timers_does_not_depend_on_their_age(
    ages_ns: tuple[int, ...], phase: Phase, make_cell: MakeCell, measure: Measure
) -> None:
    """A count. A stolen CPU lets timers pile up, so the least of some rounds is compared."""
    cell = make_cell(map_size=200, rearm=Rearm.ABSOLUTE, phase=phase, observer="procfs")
    rounds = [[batch(measure(cell, warmup=age)) for age in ages_ns] for _ in range(ROUNDS)]
    low, *_, high = sorted(min(of_age) for of_age in zip(*rounds, strict=True))
    assert high <= 1.05 * low, rounds


def test_relative_timers_batch_by_themselves(make_cell: MakeCell, measure: Measure) -> None:
    cell = make_cell(rearm=Rearm.RELATIVE, phase=Phase.EVEN, observer="procfs")
    young, old = (batch(measure(cell, warmup=age)) for age in (10 * NS_PER_MS, 3 * NS_PER_S))
    assert old > 2 * young


@pytest.mark.parametrize("arm_cpus", ["one", "all"])
def test_callbacks_run_where_ftrace_saw_them(
    arm_cpus: str, make_cell: MakeCell, make_sweep: MakeSweep
) -> None:
    cell = make_cell(map_size=100, timeout_ns=PERIOD_NS, arm_cpus=arm_cpus)
    with (
        Rig([cell]) as rig,
        tracing({"timer/hrtimer_expire_entry": f"function == {callback_address()}"}) as instance,
    ):
        final = Trial(rig, cell, make_sweep(), 1, lambda sample: None).run().aftermath.counters
        seen = Counter(event.cpu for event in events(instance))
    assert {cpu: n for cpu, n in final.fired_by_cpu.items() if n} == seen
    assert sum(final.armed_by_cpu.values()) == 100
    if arm_cpus == "one":
        (armed,) = (cpu for cpu, n in final.armed_by_cpu.items() if n)
        assert final.moved == final.fired - seen[armed]
