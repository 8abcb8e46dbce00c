"""Stages and outliers against ftrace, which sees the same softirqs by other means.

Of every callback the trace tells the expiry (``hrtimer_start``), the raise and the entry of
its softirq, and when it was called (``hrtimer_expire_entry``). ftrace also sees softirqs over
tasks where some kernels run no BPF program; these callbacks we call unstaged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pytest

from bench import abi
from bench.drivers.resident import ResidentDriver
from bench.record import Outlier
from bench.spec import Cell, Instrument, Phase, Sweep
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
TOLERANCE_NS = 2 * TRACE_CLOCK_NS + 2 * BETWEEN_NS
"""A stage lies between two moments; each of them may differ by so much and a trace tick."""
ALIKE = 0.9
"""Share of callbacks that must agree: the two probes of one moment may be torn apart by a
hypervisor or an interrupt, but not often."""


@dataclass(frozen=True, slots=True)
class Traced:
    """A callback as ftrace saw it, ns."""

    t_ns: int
    cpu: int
    parts: tuple[int, int, int]


def traced_callbacks(trace: Iterable[Event]) -> list[Traced]:
    """Callbacks whose start was traced, with their stages by the definition of docs/method.md."""
    expiry: dict[str, int] = {}
    raised: dict[int, int] = {}
    entered: dict[int, tuple[int, int]] = {}
    found = []
    for event in trace:
        if event.name == "softirq_raise":
            raised[event.cpu] = event.t_ns
        elif event.name == "softirq_entry":
            entered[event.cpu] = (raised.get(event.cpu, 0), event.t_ns)
        elif event.name == "hrtimer_start":
            expiry[event.word("hrtimer")] = event.number("softexpires")
        elif event.word("hrtimer") in expiry and event.cpu in entered:
            due = expiry.pop(event.word("hrtimer"))
            found.append(Traced(event.t_ns, event.cpu, parts(due, *entered[event.cpu], event.t_ns)))
    return found


def parts(due: int, raised: int, entered: int, called: int) -> tuple[int, int, int]:
    irq = max(raised - due, 0)
    entry = max(entered - max(due, raised), 0)
    return irq, entry, called - max(due, entered)


def run_traced(
    cell: Cell, sweep: Sweep, monkeypatch: pytest.MonkeyPatch
) -> tuple[Measurement, list[Traced]]:
    """A trial whose stages are checked callback by callback, and what ftrace saw of it."""
    plain = ResidentDriver.constants

    def checked(self: ResidentDriver, *arguments: object) -> dict[str, int | bytes]:
        return plain(self, *arguments) | {"check_stages": 1}  # type: ignore[arg-type]

    monkeypatch.setattr(ResidentDriver, "constants", checked)
    timers, vector = f"function == {callback_address()}", "vec == 8"
    filters = {
        "timer/hrtimer_start": timers,
        "timer/hrtimer_expire_entry": timers,
        "irq/softirq_raise": vector,
        "irq/softirq_entry": vector,
    }
    with Rig([cell]) as rig, tracing(filters) as instance:
        measured = Trial(rig, cell, sweep, 1, lambda sample: None).run()
        return measured, traced_callbacks(events(instance))


def close(ours: int | None, theirs: int) -> bool:
    return ours is not None and abs(ours - theirs) <= TOLERANCE_NS


def agrees(one: Outlier, opened_ns: int, theirs: list[Traced]) -> bool:
    """Whether ftrace saw a callback at that time on that CPU with those stages."""
    ours = (one.irq_ns, one.entry_ns, one.queue_ns)
    return any(
        seen.cpu == one.cpu
        and abs(seen.t_ns - opened_ns - one.t_ns) <= TOLERANCE_NS
        and all(close(mine, part) for mine, part in zip(ours, seen.parts, strict=True))
        for seen in theirs
    )


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
    theirs = [seen for seen in traced if opening.t_ns <= seen.t_ns < closing.t_ns]
    unstaged = closing.unstaged - opening.unstaged
    assert measured.without_stages is None
    assert measured.aftermath.counters.contradictions == 0
    assert unstaged <= 0.1 * len(theirs), "there must be something to compare"
    for number, name in enumerate(abi.STAGES):
        ours = closing.stages[name].since(opening.stages[name])
        # Callbacks at the very ends of the window may fall on either side.
        assert abs(len(theirs) - ours.count - unstaged) <= 4
        values = np.array([seen.parts[number] for seen in theirs])
        for q in (0.5, 0.9):
            # Those that we could not see may be anywhere in the order.
            shift = unstaged / len(theirs) + 0.01
            low, high = np.quantile(values, [max(q - shift, 0), min(q + shift, 1)])
            mine = ours.quantile(q)
            assert mine is not None
            assert low * 0.99 - TOLERANCE_NS <= mine <= high * 1.01 + TOLERANCE_NS, (name, q)
    known = [one for one in measured.aftermath.outliers if one.irq_ns is not None]
    assert len(known) >= 50
    alike = sum(agrees(one, opening.t_ns, theirs) for one in known)
    assert alike >= ALIKE * len(known), (alike, len(known))


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
