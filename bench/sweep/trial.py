"""One trial, from loading the program to closing the ledger."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.host.noise import noise_snapshot
from bench.load.controller import LoadPlan, LoadSnapshot
from bench.observers.base import Observer
from bench.programs.base import Environment, Program
from bench.programs.registry import find
from bench.programs.session import Session, opened
from bench.spec import Cell, Sweep
from bench.sweep.measurement import Aftermath, Mark, Measurement, Sample, Window
from bench.sweep.rig import Rig
from bench.sweep.sampling import Sampler
from bench.sweep.timeline import Timeline
from bench.units import NS_PER_MS, NS_PER_S

DRAIN_LIMIT_NS = 250 * NS_PER_MS
"""Timers with a longer timeout are cancelled at once instead of waited for."""
DRAIN_SLACK_NS = 250 * NS_PER_MS
"""Lateness allowed to the last callbacks of a drain before the rest is cancelled."""
ARMING_LIMIT_NS = 300 * NS_PER_S
"""Deadline while timers are being armed."""
DEADLINE_MARGIN_NS = 3 * NS_PER_S
"""Time after the planned end at which the program stops arming by itself."""
POLL_S = 0.002
LOST_LOOKS = 10
LOST_PAUSE_S = 0.02

OnSample = Callable[[Sample], None]


@dataclass(slots=True)
class Trial:
    """One measurement of a cell; use it once.

    Attributes:
        rig: What trials share.
        cell: What is measured.
        sweep: Durations and bounds.
        seed: Seed of the load's arrival times.
        on_sample: Called about ten times a second within the window.
    """

    rig: Rig
    cell: Cell
    sweep: Sweep
    seed: int
    on_sample: OnSample
    timeline: Timeline = field(default_factory=Timeline)

    def run(self) -> Measurement:
        """Measure.

        Raises:
            BenchError: It could not be measured.
        """
        step = self.timeline.step
        with step("observer"):
            observer = self.rig.observer(self.cell.observer)
        with step("memory"):
            self.rig.settle_memory(self.cell)
        with step("load_processes"):
            environment = self.rig.environment(self.cell)
        program = find(self.cell.program)
        with step("load_program"):
            loading = opened(program, self.cell, environment, self.rig.refused_hooks)
            session = loading.__enter__()
        try:
            session.prepare(environment, ARMING_LIMIT_NS)
            self._begin(program, session, environment)
            window = self._measure(session, observer)
            aftermath = self._finish(session)
        finally:
            with step("teardown"):
                loading.__exit__(None, None, None)
        return Measurement(
            window=window,
            aftermath=aftermath,
            hook=session.hook,
            arm_ns=self.timeline.steps_ns["arm"],
            timeline_ns=self.timeline.steps_ns,
        )

    def _begin(self, program: Program, session: Session, environment: Environment) -> None:
        if self.cell.has_load:
            with self.timeline.step("load_start"):
                self.rig.load().start(LoadPlan.of(self.cell, self.seed))
        begin = time.monotonic_ns()
        with self.timeline.step("arm"):
            program.arm(session.run, self.cell, environment)
        first = begin + program.settling_ns(self.cell) - time.monotonic_ns()
        settling = max(first, 0) + self.cell.timeout_ns + self.sweep.warmup
        session.live(settling + self.sweep.duration + DEADLINE_MARGIN_NS)
        with self.timeline.step("warmup"):
            time.sleep(settling / NS_PER_S)

    def _mark(self, session: Session, observer: Observer, *, opening: bool) -> Mark:
        return Mark(
            counters=session.open_window() if opening else session.read(),
            observed=observer.snapshot(),
            noise=noise_snapshot((os.getpid(),)),
            load=self.rig.load().snapshot() if self.cell.has_load else None,
        )

    def _measure(self, session: Session, observer: Observer) -> Window:
        with self.timeline.step("window"):
            opening = self._mark(session, observer, opening=True)
            sampler = Sampler(session, opening, self.rig, with_load=self.cell.has_load)
            samples = []
            for sample in sampler.until(opening.counters.t_ns + self.sweep.duration):
                samples.append(sample)
                self.on_sample(sample)
            closing = self._mark(session, observer, opening=False)
            return Window(opening, closing, samples, session.past_deadline)

    def _finish(self, session: Session) -> Aftermath:
        load = self._stop_load()
        with self.timeline.step("drain"):
            session.stop_arming()
            if self.cell.timeout_ns <= DRAIN_LIMIT_NS:
                _wait_for_callbacks(session, self.cell.timeout_ns + DRAIN_SLACK_NS)
        with self.timeline.step("census"):
            lost = _lost(session)
        with self.timeline.step("cancel"):
            if session.read().outstanding:
                session.cancel_all()
        with self.timeline.step("census"):
            session.detach()
            found = session.census()
        return Aftermath(session.read(), found.entries, found.pending, lost, load)

    def _stop_load(self) -> LoadSnapshot | None:
        if not self.cell.has_load:
            return None
        with self.timeline.step("drain"):
            return self.rig.load().stop()


def _lost(session: Session) -> int:
    """Timers that are neither enqueued nor called back; those in flight settle at once."""
    for _ in range(LOST_LOOKS):
        stranded = session.census().stranded
        if not stranded:
            break
        time.sleep(LOST_PAUSE_S)
    return stranded


def _wait_for_callbacks(session: Session, limit_ns: int) -> None:
    end = time.monotonic_ns() + limit_ns
    while session.read().outstanding > 0 and time.monotonic_ns() < end:
        time.sleep(POLL_S)
