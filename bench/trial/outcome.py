"""From a measurement to its record. Pure: every number of a record is computed here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bench.control import has_timers
from bench.load.controller import LoadPlan, to_result
from bench.programs.base import Place, Program
from bench.record import (
    Callbacks,
    Cost,
    Ksoftirqd,
    LoadResult,
    Noise,
    ObserverInfo,
    Reserve,
    Status,
    TrialRecord,
    Venue,
)
from bench.spec import TimeoutShape
from bench.sweep.plan import PlannedTrial
from bench.trial.foreign import foreign_traffic
from bench.trial.ledger import ledger_of
from bench.trial.measurement import Measurement, Window
from bench.trial.steadiness import load_notes, notes_of
from bench.trial.validity import broken_rules, traffic_rules
from bench.units import NS_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a record says beside the measurement itself.

    Attributes:
        cpus: Number of online CPUs.
        max_steal: Bound of the validity rule.
        drifted: Host facts that changed since the run began.
    """

    program: Program
    planned: PlannedTrial
    started: str
    seed: int
    cpus: int
    observer: ObserverInfo
    reserve: Reserve
    max_steal: float
    drifted: list[str]


def record_of(measured: Measurement, context: Context) -> TrialRecord:
    """The record of a measured trial, judged by the validity rules."""
    window, cell = measured.window, context.planned.cell
    load = _load(measured, context)
    timed = has_timers(cell)
    engine = cell.engine.facts
    callbacks = _callbacks(window, context, load) if timed and engine.calls_back else None
    full = timed and cell.instrument.records_lateness
    histogram = window.closing.counters.lateness_since(window.opening.counters)
    lateness = histogram.summary() if full and engine.has_expiry else None
    ledger = ledger_of(measured, context.program, cell)
    noise = _noise(window, context, measured.load_host)
    reasons = broken_rules(
        ledger=ledger,
        callbacks=callbacks,
        lateness=lateness,
        load=load,
        noise=noise,
        max_steal=context.max_steal,
        deadline_passed=window.deadline_passed,
        needs_callbacks=context.program.needs_callbacks(cell),
    )
    reasons += traffic_rules(noise, load if _here(context) else None)
    observed = window.closing.observed.since(window.opening.observed)
    return TrialRecord(
        trial=context.planned.trial,
        block=context.planned.block,
        status=Status.INVALID if reasons else Status.OK,
        reasons=[reason.text for reason in reasons],
        codes=[reason.code for reason in reasons],
        notes=[*notes_of(window.samples), *load_notes(load)],
        cell=cell,
        started=context.started,
        window_ns=window.length_ns,
        callbacks=callbacks,
        lateness=lateness,
        venue=_venue(window) if full and engine.in_softirq else None,
        ksoftirqd=_ksoftirqd(window, context),
        softirq_ns=observed.softirq_ns,
        softirq_count=observed.softirq_count,
        softirq_total=observed.softirq_total,
        load=load,
        ledger=ledger,
        noise=noise,
        cost=_cost(measured, syscalls="arm" in context.program.syscalls),
        measures=_measures(window, context) if timed else {},
        **_own(window),
        **_causes(measured),
        hook=measured.hook,
        reserve=context.reserve,
        observer=context.observer,
    )


def _measures(window: Window, context: Context) -> dict[str, int | float | None]:
    cell = context.planned.cell
    own = context.program.measured(window.counts(), cell, window.length_ns)
    return own | dict(window.gauges)


def _own(window: Window) -> dict[str, Any]:
    """The program's own distributions and errors, by name."""
    now, then = window.closing.counters.distributions, window.opening.counters.distributions
    tallies = {name: tally.since(then[name]) for name, tally in now.items()}
    return {
        "distributions": {name: tally.values.summary() for name, tally in tallies.items()},
        "errors": {name: tally.errors for name, tally in tallies.items() if tally.errors},
    }


def _causes(measured: Measurement) -> dict[str, Any]:
    """Stages of the window's callbacks, and the latest of them."""
    window = measured.window
    now, then = window.closing.counters, window.opening.counters
    stages = {name: histogram.since(then.stages[name]) for name, histogram in now.stages.items()}
    known = measured.without_stages is None
    return {
        "stages": {name: found.summary() for name, found in stages.items()} if known else None,
        "without_stages": measured.without_stages,
        "unstaged": now.unstaged - then.unstaged if known else 0,
        "outliers": [
            replace(one, steal=_steal_at(one.t_ns, window)) for one in measured.aftermath.outliers
        ],
    }


def _steal_at(t_ns: int, window: Window) -> float | None:
    """Steal in the interval of the time series that holds a moment; None after its end."""
    return next((sample.steal for sample in window.samples if t_ns <= sample.t_ns), None)


def _load(measured: Measurement, context: Context) -> LoadResult | None:
    opening, closing = measured.window.opening.load, measured.window.closing.load
    total = measured.aftermath.load
    if opening is None or closing is None or total is None:
        return None
    plan = LoadPlan.of(context.planned.cell, context.seed)
    difference = closing.since(opening)
    elapsed_ns = difference.elapsed_ns
    return to_result(plan, difference, elapsed_ns, total, measured.load_cpus, measured.load_host)


def _callbacks(window: Window, context: Context, load: LoadResult | None) -> Callbacks:
    opening, closing = window.opening.counters, window.closing.counters
    fired = closing.fired - opening.fired
    fired_hz = fired * NS_PER_S / window.length_ns
    offered = _offered_hz(context, load)
    cell = context.planned.cell
    full = cell.instrument.records_lateness
    fixed = cell.timeout_shape is TimeoutShape.FIXED
    periodic = context.program.rearms(cell) and full and fixed
    return Callbacks(
        fired=fired,
        offered_hz=offered,
        fired_hz=fired_hz,
        served=fired_hz / offered if offered else None,
        missed_periods=closing.missed_periods - opening.missed_periods if periodic else None,
    )


def _offered_hz(context: Context, load: LoadResult | None) -> float | None:
    program, cell = context.program, context.planned.cell
    if not program.needs_load:
        return program.offered_hz(cell, 0.0)
    if load is None or load.offered_hz is None:
        return None
    offered = program.offered_hz_served if load.host else program.offered_hz
    return offered(cell, load.offered_hz)


def _venue(window: Window) -> Venue:
    opening, closing = window.opening.counters.venue, window.closing.counters.venue
    idle, task, ksoftirqd = (after - before for before, after in zip(opening, closing, strict=True))
    return Venue(idle=idle, task=task, ksoftirqd=ksoftirqd)


def _ksoftirqd(window: Window, context: Context) -> Ksoftirqd:
    observed = window.closing.observed.since(window.opening.observed)
    return Ksoftirqd(
        cpu_ns=observed.cpu_ns,
        cpu_share=observed.cpu_ns / (observed.t_ns * context.cpus),
        runq_delay_ns=observed.runq_delay_ns,
        wakeups=observed.wakeups,
    )


def _noise(window: Window, context: Context, load_host: str | None) -> Noise:
    seen = window.closing.noise.since(window.opening.noise)
    loaded = _here(context) and window.opening.load is not None
    begun = loaded and load_host is None
    payload = context.planned.cell.payload_bytes
    foreign = foreign_traffic(window, loaded_here=loaded, begun_here=begun, payload_bytes=payload)
    return replace(
        seen,
        drifted=context.drifted,
        foreign_connections=foreign.connections,
        foreign_packets=foreign.packets,
        traffic_ns=foreign.window_ns,
    )


def _here(context: Context) -> bool:
    """Whether the trial's connections are of the runner's own network namespace."""
    return context.program.place is Place.HERE


def _cost(measured: Measurement, *, syscalls: bool) -> Cost:
    armed, steps_ns = measured.aftermath.counters.started, measured.timeline_ns
    arm_ns = steps_ns["arm"] / armed if syscalls and armed else None
    return Cost(arm_ns=arm_ns, timeline_ns=steps_ns)
