"""Stages and outliers against ftrace, which sees the same softirqs by other means.

Of every callback the trace tells the expiry (``hrtimer_start``) and when it was called
(``hrtimer_expire_entry``), and of every CPU what its HRTIMER softirq did: raised, entered, left.
The oracle knows nothing of the formula in ``bpf/stages.h``. It draws the timeline of each CPU, of
stretches in which callbacks run, the softirq is pending, or neither, and adds up what lies between
expiry and call. ftrace also sees softirqs over tasks where some kernels run no BPF program; these
callbacks we call unstaged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np
import pytest

from bench import abi
from bench.drivers.resident import ResidentDriver
from bench.histogram import Histogram
from bench.host.softirqs import vector_number
from bench.record import Outlier
from bench.spec import Cell, Instrument, Phase, Rearm, Sweep
from bench.trial.measurement import Measurement
from bench.trial.rig import Rig
from bench.trial.trial import Trial
from bench.units import NS_PER_MS, NS_PER_S
from tests.kernel.ftrace import (
    BETWEEN_NS,
    TRACE_CLOCK_NS,
    Event,
    callback_address,
    events,
    tracing,
)

MakeCell = Callable[..., Cell]
MakeSweep = Callable[..., Sweep]
MOMENT_NS = TRACE_CLOCK_NS + BETWEEN_NS
"""A moment may differ by so much: a trace tick, and the way between two probes."""
MOMENTS = (2, 2, 3)
"""Moments that each stage depends on: where a timer waits for a run, ``queue`` has three."""
TOLERANCE_NS = 2 * MOMENT_NS
ALIKE = 0.9
"""Share of callbacks that must agree, but for one moment that was torn."""
WHOLE = 0.5
"""Share of callbacks that must agree in all moments. The two probes of one moment are torn apart
where a hypervisor or an interrupt comes between them; the latest callbacks are late because one
did, and one in ten is torn on a busy host. A wrong formula is wrong for all."""
TORN = 0.05
"""Share of all callbacks that may be torn, and so stand elsewhere in the order."""
ENDS = 4
"""Callbacks at the very ends of a window, which may fall on either side."""
STILL = 0.005
"""Share of callbacks that come where a host stands still between a mark's clock and counters."""


class State(Enum):
    """Of the HRTIMER softirq of a CPU."""

    QUIET = "neither raised nor running"
    PENDING = "raised, not yet entered"
    RUNNING = "callbacks run"


@dataclass(frozen=True, slots=True)
class Traced:
    """A callback as ftrace saw it, ns."""

    t_ns: int
    cpu: int
    parts: tuple[int, int, int]
    due_in: State


class Timeline:
    """What one CPU's HRTIMER softirq did, as stretches; the newest is open."""

    def __init__(self) -> None:
        self._stretches = [(0, State.QUIET)]
        self._raised_meanwhile = False

    def happened(self, event: Event) -> None:
        now = self._stretches[-1][1]
        if event.name == "softirq_entry":
            self._raised_meanwhile = False
            self._stretches.append((event.t_ns, State.RUNNING))
        elif event.name == "softirq_exit":
            after = State.PENDING if self._raised_meanwhile else State.QUIET
            self._stretches.append((event.t_ns, after))
        elif now is State.RUNNING:
            self._raised_meanwhile = True
        elif now is State.QUIET:
            self._stretches.append((event.t_ns, State.PENDING))

    def between(self, since: int, until: int) -> tuple[dict[State, int], State]:
        """Time in each state, and the state at the begin."""
        spent = dict.fromkeys(State, 0)
        end = until
        for begin, state in reversed(self._stretches):
            spent[state] += max(end - max(begin, since), 0)
            end = min(begin, until)
            if begin <= since:
                return spent, state
        raise AssertionError("a timeline begins at 0")


def traced_callbacks(trace: Iterable[Event]) -> list[Traced]:
    """Callbacks whose start was traced, with their stages as stretches of time."""
    expiry: dict[str, int] = {}
    timelines: defaultdict[int, Timeline] = defaultdict(Timeline)
    found = []
    for event in trace:
        if event.name.startswith("softirq"):
            timelines[event.cpu].happened(event)
        elif event.name == "hrtimer_start":
            expiry[event.word("hrtimer")] = event.number("softexpires")
        elif event.word("hrtimer") in expiry and event.cpu in timelines:
            due = expiry.pop(event.word("hrtimer"))
            spent, due_in = timelines[event.cpu].between(due, event.t_ns)
            parts = (spent[State.QUIET], spent[State.PENDING], spent[State.RUNNING])
            found.append(Traced(event.t_ns, event.cpu, parts, due_in))
    return found


def run_traced(
    cell: Cell, sweep: Sweep, monkeypatch: pytest.MonkeyPatch
) -> tuple[Measurement, list[Traced]]:
    """A trial whose stages are checked callback by callback, and what ftrace saw of it."""
    plain = ResidentDriver.constants

    def checked(self: ResidentDriver, *arguments: object) -> dict[str, int | bytes]:
        return plain(self, *arguments) | {"check_stages": 1}  # type: ignore[arg-type]

    monkeypatch.setattr(ResidentDriver, "constants", checked)
    timers, vector = f"function == {callback_address()}", f"vec == {vector_number('hrtimer')}"
    filters = {
        "timer/hrtimer_start": timers,
        "timer/hrtimer_expire_entry": timers,
        "irq/softirq_raise": vector,
        "irq/softirq_entry": vector,
        "irq/softirq_exit": vector,
    }
    with Rig([cell]) as rig, tracing(filters) as instance:
        measured = Trial(rig, cell, sweep, 1, lambda sample: None).run()
        return measured, traced_callbacks(events(instance))


def differing(one: Outlier, opened_ns: int, seen: Traced) -> int:
    """How many of three moments (raise, entry, call) ftrace has otherwise; all, if another's."""
    assert one.irq_ns is not None and one.entry_ns is not None and one.queue_ns is not None
    ours, theirs = np.cumsum((one.irq_ns, one.entry_ns, one.queue_ns)), np.cumsum(seen.parts)
    due, due_there = one.t_ns - ours[-1], seen.t_ns - opened_ns - theirs[-1]
    if seen.cpu != one.cpu or abs(due - due_there) > TOLERANCE_NS:
        return len(MOMENTS)
    return int(np.sum(np.abs(ours - theirs) > np.array(MOMENTS) * MOMENT_NS))


@pytest.mark.parametrize("phase", list(Phase))
def test_stages_and_outliers_agree_with_ftrace(
    phase: Phase, make_cell: MakeCell, make_sweep: MakeSweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Alone in their softirqs, or all in one, one behind the other; then so few that the latest 100
    # callbacks are of several softirqs, since a single one may be over a task that no hook sees.
    size = 40 if phase is Phase.BURST else 200
    cell = make_cell(
        map_size=size, timeout_ns=100 * NS_PER_MS, phase=phase, instrument=Instrument.STAGES
    )
    measured, traced = run_traced(cell, make_sweep(duration=2 * NS_PER_S), monkeypatch)
    opening, closing = measured.window.opening.counters, measured.window.closing.counters
    ours = {name: closing.stages[name].since(opening.stages[name]) for name in abi.STAGES}
    assert_alike(measured, ours, closing.unstaged - opening.unstaged, in_window(measured, traced))
    known = [one for one in measured.aftermath.outliers if one.irq_ns is not None]
    assert len(known) >= 50
    theirs, opened_ns = in_window(measured, traced), measured.window.opening.counters.t_ns
    least = [min(differing(one, opened_ns, seen) for seen in theirs) for one in known]
    assert least.count(0) >= WHOLE * len(known), least
    assert least.count(0) + least.count(1) >= ALIKE * len(known), least


def in_window(measured: Measurement, traced: Iterable[Traced]) -> list[Traced]:
    opening, closing = measured.window.opening.counters, measured.window.closing.counters
    return [seen for seen in traced if opening.t_ns <= seen.t_ns < closing.t_ns]


def assert_alike(
    measured: Measurement, stages: Mapping[str, Histogram], unstaged: int, theirs: list[Traced]
) -> None:
    """Counts, and median and p90 of each stage."""
    assert measured.without_stages is None
    assert measured.aftermath.counters.contradictions == 0
    assert unstaged <= 0.1 * len(theirs), "there must be something to compare"
    for number, name in enumerate(abi.STAGES):
        ours = stages[name]
        assert abs(len(theirs) - ours.count - unstaged) <= ENDS + STILL * len(theirs)
        values = np.array([seen.parts[number] for seen in theirs])
        for q in (0.5, 0.9):
            # Those that we could not see, and those torn, may be anywhere in the order.
            shift = unstaged / len(theirs) + TORN
            low, high = np.quantile(values, [max(q - shift, 0), min(q + shift, 1)])
            mine = ours.quantile(q)
            assert mine is not None
            slack = MOMENTS[number] * MOMENT_NS
            assert low * 0.99 - slack <= mine <= high * 1.01 + slack, (name, q)


def test_timers_that_expire_during_a_run_wait_for_its_end(
    make_cell: MakeCell, make_sweep: MakeSweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relative timers are as far apart as callbacks take: what expires in a run is ``queue``."""
    cell = make_cell(
        map_size=4_000,
        timeout_ns=50 * NS_PER_MS,
        rearm=Rearm.RELATIVE,
        instrument=Instrument.STAGES,
    )
    measured, traced = run_traced(cell, make_sweep(duration=1_000 * NS_PER_MS), monkeypatch)
    waited = [seen for seen in traced if seen.due_in is State.RUNNING and any(seen.parts[:2])]
    assert len(waited) >= 500, "too few expired during a run"
    # Of the whole trial: between the window's clock and its counters many callbacks come.
    final = measured.aftermath.counters
    assert_alike(measured, final.stages, final.unstaged, traced)


@pytest.mark.parametrize("clock", ["monotonic", "boottime"])
def test_every_callback_is_divided_without_contradiction(
    clock: str,
    make_cell: MakeCell,
    make_sweep: MakeSweep,
    monkeypatch: pytest.MonkeyPatch,
    clang: str,
) -> None:
    cell = make_cell(
        map_size=20_000, timeout_ns=50 * NS_PER_MS, clock=clock, instrument=Instrument.STAGES
    )
    plain = ResidentDriver.constants
    monkeypatch.setattr(
        ResidentDriver, "constants", lambda *args: plain(*args) | {"check_stages": 1}
    )
    with Rig([cell]) as rig:
        measured = Trial(rig, cell, make_sweep(), 1, lambda sample: None).run()
    final = measured.aftermath.counters
    assert final.contradictions == 0
    staged = {name: found.count for name, found in final.stages.items()}
    assert staged == dict.fromkeys(abi.STAGES, final.fired - final.unstaged)
    # Sums are exact: what is missing is the lateness of those without stages, and no more than
    # that can be. Without any, nothing is missing.
    missing = final.lateness.total_ns - sum(found.total_ns for found in final.stages.values())
    assert final.lateness.max_ns is not None
    assert 0 <= missing <= final.unstaged * final.lateness.max_ns


def test_outliers_are_the_latest_of_the_window(make_cell: MakeCell, make_sweep: MakeSweep) -> None:
    cell = make_cell(map_size=5_000, timeout_ns=20 * NS_PER_MS, instrument=Instrument.STAGES)
    with Rig([cell]) as rig:
        measured = Trial(rig, cell, make_sweep(), 1, lambda sample: None).run()
    window, found = measured.window, measured.aftermath.outliers
    lateness = [one.lateness_ns for one in found]
    assert len(found) == 100 and lateness == sorted(lateness, reverse=True)
    assert all(0 <= one.t_ns <= window.length_ns for one in found)
    assert lateness[0] == window.closing.counters.lateness.max_ns
    # As many values of the histogram are as late as the hundredth, within its steps of 1 %.
    histogram = window.closing.counters.lateness_since(window.opening.counters)
    hundredth = histogram.quantile(1 - 99.5 / histogram.count)
    assert hundredth is not None and abs(lateness[-1] - hundredth) <= 0.02 * hundredth
