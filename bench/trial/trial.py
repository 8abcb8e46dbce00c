"""One trial, from loading the program to closing the ledger."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from bench.control import has_timers
from bench.drivers.activity import Activities
from bench.drivers.base import Driver
from bench.drivers.environment import Environment
from bench.drivers.registry import find_driver
from bench.drivers.seeding import Seeder
from bench.drivers.session import Session
from bench.engines.opening import opened
from bench.errors import TrialFailedError
from bench.host.drops import drops
from bench.host.idle_account import IdleAccount
from bench.host.noise import noise_snapshot
from bench.host.traffic import traffic
from bench.load.controller import Load, LoadPlan
from bench.observers.base import Observer
from bench.programs.base import Program
from bench.programs.census import Census
from bench.programs.counters import Counters
from bench.spec import Cell, Sweep
from bench.trial.calibration import connect_delays_ns
from bench.trial.guard import Guard, explaining
from bench.trial.measurement import Aftermath, Mark, Measurement, Sample, Window
from bench.trial.rig import Rig
from bench.trial.sampling import Sampler
from bench.trial.site import site
from bench.trial.timeline import Timeline
from bench.units import NS_PER_MS, NS_PER_S
from bench.words.plurals import counted

DRAIN_LIMIT_NS = 250 * NS_PER_MS
"""Timers with a longer timeout are cancelled at once instead of waited for."""
DRAIN_SLACK_NS = 250 * NS_PER_MS
"""Lateness allowed to the last callbacks of a drain before the rest is cancelled."""
ARMING_LIMIT_NS = 300 * NS_PER_S
"""Deadline while timers are being armed, if the runner lives so long."""
DEADLINE_MARGIN_NS = 3 * NS_PER_S
"""Time after the planned end at which the program stops arming by itself."""
POLL_S = 0.002
LOST_LOOKS = 10
LOST_PAUSE_S = 0.02
WORK_LIMIT_NS = 2 * NS_PER_S
"""When work that was handed over (engine bpf_wq) is given up as lost; it takes milliseconds."""

OnSample = Callable[[Sample], None]


@dataclass(frozen=True, slots=True)
class _Scene:
    """What one trial uses while it lasts.

    Attributes:
        activity: Activities that make the program work; they cease before arming does.
        collector: Activities that serve timeouts from user space; they go on until all are.
        seeder: What arms a population before the load.
        gauges: The engine's own numbers of the window's end.
        guard: Looks after others; None where nobody asked for it.
    """

    driver: Driver
    session: Session
    activity: Activities
    collector: Activities
    gauges: Callable[[], Mapping[str, int]]
    observer: Observer
    idle: IdleAccount
    environment: Environment
    load: Load | None
    seeder: Seeder | None = None
    guard: Guard | None = None

    def pause(self, seconds: float) -> None:
        """Sleep, unless the trial is ended for others."""
        if self.guard:
            self.guard.pause(seconds)
        else:
            time.sleep(seconds)

    def mark(self, *, opening: bool) -> Mark:
        """Snapshots of all sources."""
        counters = self.session.open_window() if opening else self.session.close_window()
        observed, noise = self.observer.snapshot(), noise_snapshot((os.getpid(),))
        before = traffic()
        load = self.load.snapshot() if self.load else None
        return Mark(
            counters=counters,
            observed=observed,
            noise=noise,
            idle=self.idle.snapshot(noise),
            load=load,
            traffic=traffic() if opening else before,
            driven=self.driven(),
            drops=drops() if self.load else {},
        )

    def driven(self) -> dict[str, int]:
        """Counts of all activities."""
        return self.activity.counts() | self.collector.counts()


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
        stack = ExitStack()
        try:
            scene = self._set(stack)
            scene.session.prepare(scene.environment, ARMING_LIMIT_NS)
            with explaining(scene.guard):
                self._begin(scene)
                window = self._measure(scene)
                aftermath = self._finish(scene)
        finally:
            with self.timeline.step("teardown"):
                stack.__exit__(*sys.exc_info())
        return Measurement(
            window=window,
            aftermath=aftermath,
            hook=scene.session.hook,
            load_cpus=scene.load.cpus if scene.load else {},
            load_host=scene.load.client_host if scene.load else None,
            timeline_ns=self.timeline.steps_ns,
            without_stages=scene.session.without_stages,
        )

    def _set(self, stack: ExitStack) -> _Scene:
        step, driver = self.timeline.step, find_driver(self.cell.program)
        with step("observer"):
            observer = self.rig.observer(self.cell.observer)
        with step("memory"):
            self.rig.settle_memory(self.cell)
        with step("load_processes"):
            found = stack.enter_context(site(self.rig, driver.program, self.cell))
            engine = self.cell.engine
            environment = self.rig.environment(found.load, found.veth, self.seed, engine)
        if found.load and self.cell.population is not None and has_timers(self.cell):
            with step("calibrate"):
                delays = connect_delays_ns(found.load, LoadPlan.of(self.cell, self.seed))
                environment = replace(environment, delays_ns=delays)
        with step("load_program"):
            ready = opened(driver, self.cell, environment, self.rig.refused_hooks)
            session = stack.enter_context(ready.session)
            activity, collector = Activities(ready.activities), Activities(ready.collectors)
            scene = _Scene(
                driver=driver,
                session=session,
                activity=activity,
                collector=collector,
                gauges=ready.gauges,
                observer=observer,
                idle=self.rig.idle,
                environment=environment,
                load=found.load,
                seeder=ready.seeder,
                guard=Guard(session.stop_arming) if self.sweep.polite else None,
            )
            stack.enter_context(collector)
            stack.enter_context(activity)
            if scene.guard:
                stack.enter_context(scene.guard)
        return scene

    def _begin(self, scene: _Scene) -> None:
        if not has_timers(self.cell):
            scene.session.stop_arming()
        begin_ns = self._seed(scene)
        if scene.load:
            with self.timeline.step("load_start"):
                scene.load.start(LoadPlan.of(self.cell, self.seed), begin_ns)
        settled_ns = max(self._arm(scene), begin_ns or 0)
        scene.collector.start()
        if begin_ns:
            scene.pause(max(begin_ns - time.monotonic_ns(), 0) / NS_PER_S)
        scene.activity.start()
        self._check_alive(scene)
        settling = max(settled_ns - time.monotonic_ns(), 0) + self._lead_ns(scene.driver.program)
        scene.session.live(settling + self.sweep.duration + DEADLINE_MARGIN_NS)
        with self.timeline.step("warmup"):
            scene.pause(settling / NS_PER_S)

    def _seed(self, scene: _Scene) -> int | None:
        """Arm the population; when the load is to begin, None if there is none."""
        if scene.seeder is None or not has_timers(self.cell):
            return None
        with self.timeline.step("seed"):
            return scene.seeder.seed()

    def _arm(self, scene: _Scene) -> int:
        """Arm what is to be armed at once; when the first of these timers may expire."""
        begin = time.monotonic_ns()
        with self.timeline.step("arm"):
            if not has_timers(self.cell):
                return begin
            scene.driver.arm(scene.session.run, self.cell, scene.environment)
        _refuse_if_none_started(scene.session.read())
        return begin + scene.driver.program.settling_ns(self.cell)

    def _lead_ns(self, program: Program) -> int:
        if not has_timers(self.cell):
            return self.sweep.warmup
        return program.lead_ns(self.cell, self.sweep.warmup)

    def _measure(self, scene: _Scene) -> Window:
        with self.timeline.step("window"):
            opening = scene.mark(opening=True)
            sampler = Sampler(
                scene.session,
                opening,
                self.rig,
                scene.load,
                in_softirq=self.cell.engine.facts.in_softirq,
            )
            samples = []
            for sample in sampler.until(opening.counters.t_ns + self.sweep.duration):
                samples.append(sample)
                self._check_alive(scene)
                self.on_sample(sample)
                if scene.guard and scene.guard.reason:
                    break
            ended = scene.guard.reason if scene.guard else None
            closing = scene.mark(opening=False)
            past_deadline = scene.session.past_deadline
            self._check_alive(scene)
            own = scene.driver.gauges(scene.session.census, self.cell)
            gauges = {**own, **scene.gauges()}
            polite = scene.guard.seen if scene.guard else None
            return Window(opening, closing, samples, past_deadline, gauges, polite, ended)

    def _check_alive(self, scene: _Scene) -> None:
        offered = scene.driver.program.offered_hz(self.cell, float(self.cell.load_hz or 0))
        scene.session.heartbeat.check(offered or 0.0)

    def _finish(self, scene: _Scene) -> Aftermath:
        session = scene.session
        with self.timeline.step("drain"):
            scene.activity.stop()
            load = scene.load.stop() if scene.load else None
            session.stop_arming()
            timeout_ns = self.cell.timeout_ns
            if timeout_ns is not None and timeout_ns <= DRAIN_LIMIT_NS:
                _wait_for_callbacks(session, timeout_ns + DRAIN_SLACK_NS)
            scene.collector.stop()
        with self.timeline.step("census"):
            lost = _lost(session)
        with self.timeline.step("cancel"):
            if session.read().outstanding:
                session.cancel_all()
        with self.timeline.step("census"):
            session.detach()
            found = _settled(session)
        return Aftermath(
            counters=session.read(),
            found=found,
            lost=lost + found.handed,
            load=load,
            driven=scene.driven(),
            outliers=session.outliers(),
            missed=session.recursion_misses(),
            fallbacks=session.fallbacks(),
            counting=session.counting(),
        )


def _refuse_if_none_started(counters: Counters) -> None:
    """A kernel that starts no timer at all gives nothing to measure, but a reason.

    Raises:
        TrialFailedError: With the kernel's answers.
    """
    for call, failed in (
        ("bpf_timer_init", counters.init_failed),
        ("bpf_timer_start", counters.start_failed),
    ):
        if failed and not counters.started:
            answers = ", ".join(f"{counted(n, 'time')} {name}" for name, n in failed.items())
            raise TrialFailedError(
                f"no timer was started: {call} answered {answers}",
                remedy="Run `bench limits` to see what this kernel allows",
            )


def _lost(session: Session) -> int:
    """Timers that are neither enqueued nor called back; those in flight settle at once."""
    for _ in range(LOST_LOOKS):
        stranded = session.census().stranded
        if not stranded:
            break
        time.sleep(LOST_PAUSE_S)
    return stranded


def _settled(session: Session) -> Census:
    """What a census finds once nothing is pending and the work of what had expired is done."""
    end = time.monotonic_ns() + WORK_LIMIT_NS
    while (found := session.census()).handed and time.monotonic_ns() < end:
        time.sleep(LOST_PAUSE_S)
    return found


def _wait_for_callbacks(session: Session, limit_ns: int) -> None:
    end = time.monotonic_ns() + limit_ns
    while session.read().outstanding > 0 and time.monotonic_ns() < end:
        time.sleep(POLL_S)
